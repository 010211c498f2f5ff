#!/usr/bin/env python3
"""measure.py PAGE RIGS SECONDS [--drop]: what Prometheus needs for RIGS rigs, measured on this machine with rules.yml
loaded. PAGE is a file with the /metrics of a real rig; one process plays all rigs with it, its counters growing. Each rig
is asked every 30 s. --drop: without the series of single chains and histograms, as docs/fleet.md has it.
Prints one JSON object. docs/fleet.md quotes it. Needs prometheus (Debian package prometheus) and loopback only.
"""
import asyncio
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request

INTERVAL_S = 30
DROP = """    metric_relabel_configs:
      - {source_labels: [__name__], regex: "shardpick_(job_age_seconds|chain_accepted_total|.*_seconds_bucket)", action: drop}
"""


class Rigs:
    """One page for all rigs, made anew every second: what grows with the time is different in each scrape."""

    def __init__(self, page):
        self.lines = page.splitlines()
        self.begun = time.monotonic()
        self.made_at, self.answer = -1, b""

    def page(self):
        second = int(time.monotonic() - self.begun)
        if second != self.made_at:
            counter, lines = False, []
            for line in self.lines:
                if line.startswith("# TYPE"):
                    counter = line.endswith((" counter", " histogram"))
                name, _, value = line.rpartition(" ")
                if counter and not line.startswith("#") and float(value) > 0:
                    line = f"{name} {float(value) * (1 + second / 60):.17g}"
                lines.append(line)
            body = ("\n".join(lines) + "\n").encode()
            self.answer = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain; version=0.0.4\r\nContent-Length: %d\r\n\r\n" % len(body) + body
            self.made_at = second
        return self.answer

    async def serve(self, reader, writer):
        try:
            while await reader.readuntil(b"\r\n\r\n"):
                writer.write(self.page())
                await writer.drain()
        except (asyncio.IncompleteReadError, asyncio.CancelledError, ConnectionError):
            pass
        finally:
            writer.close()


def process_numbers(pid):
    stat = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    status = pathlib.Path(f"/proc/{pid}/status").read_text()
    cpu_s = (int(stat[11]) + int(stat[12])) / os.sysconf("SC_CLK_TCK")
    return cpu_s, int(re.search(r"VmRSS:\s+(\d+)", status).group(1)) / 1024, int(re.search(r"VmHWM:\s+(\d+)", status).group(1)) / 1024


def asked(port, query):
    url = f"http://127.0.0.1:{port}/api/v1/query?query={urllib.request.quote(query)}"
    with urllib.request.urlopen(url, timeout=60) as answer:
        result = json.load(answer)["data"]["result"]
    return float(result[0]["value"][1]) if result else 0.0


def configure(folder, port, rigs, drop):
    here = pathlib.Path(__file__).resolve().parent
    shutil.copy(here / "rules.yml", folder)
    targets = [{"targets": [f"127.0.0.1:{port}"], "labels": {"__metrics_path__": f"/{i}", "instance": f"rig{i}"}}
               for i in range(rigs)]
    (folder / "rigs.json").write_text(json.dumps(targets))
    (folder / "prometheus.yml").write_text(
        f"global: {{scrape_interval: {INTERVAL_S}s, evaluation_interval: {INTERVAL_S}s}}\nrule_files: [rules.yml]\n"
        "scrape_configs:\n  - job_name: shardpick\n    file_sd_configs: [{files: [rigs.json]}]\n" + (DROP if drop else ""))


async def main(page, rigs, seconds, drop):
    players = Rigs(pathlib.Path(page).read_text())
    server = await asyncio.start_server(players.serve, "127.0.0.1", 0, backlog=1024)
    port = server.sockets[0].getsockname()[1]
    folder = pathlib.Path(tempfile.mkdtemp())
    configure(folder, port, rigs, drop)
    listen = port + 1
    prometheus = subprocess.Popen(
        ["prometheus", f"--config.file={folder}/prometheus.yml", f"--storage.tsdb.path={folder}/data",
         f"--web.listen-address=127.0.0.1:{listen}", "--storage.tsdb.min-block-duration=5m",
         "--storage.tsdb.max-block-duration=5m", "--log.level=warn"], cwd=folder)
    try:
        await asyncio.sleep(seconds / 2)
        cpu_half = process_numbers(prometheus.pid)[0]
        await asyncio.sleep(seconds / 2)
        cpu_s, rss_mib, peak_mib = process_numbers(prometheus.pid)

        def ask(query):
            return asyncio.to_thread(asked, listen, query)
        numbers = {
            "rigs": rigs, "rigs_up": await ask('sum(up{job="shardpick"})'),
            "series_of_a_rig": await ask("avg(scrape_samples_post_metric_relabeling)"),
            "page_bytes": len(players.page()),
            "samples_per_s": rigs * await ask("avg(scrape_samples_post_metric_relabeling)") / INTERVAL_S,
            "scrape_s_p99": await ask("quantile(0.99, scrape_duration_seconds)"),
            "cpu_cores": round((cpu_s - cpu_half) / (seconds / 2), 3), "rss_mib": round(rss_mib), "peak_mib": round(peak_mib),
        }
        begun = time.monotonic()
        numbers["alerts_firing"] = await ask('count(ALERTS{alertstate="firing"})')
        numbers["fleet_hashrate"] = await ask("sum(fleet:shardpick_hashrate:5m)")
        await ask('sum by (result) (rate(shardpick_shares_total[5m]))')
        numbers["three_queries_s"] = round(time.monotonic() - begun, 3)
        blocks = [json.loads(meta.read_text())["stats"]["numSamples"] for meta in folder.glob("data/*/meta.json")]
        size = sum(f.stat().st_size for meta in folder.glob("data/*/meta.json") for f in meta.parent.rglob("*") if f.is_file())
        numbers["block_bytes_per_sample"] = round(size / sum(blocks), 2) if blocks else None
        print(json.dumps(numbers))
    finally:
        prometheus.send_signal(signal.SIGTERM)
        prometheus.wait(60)
        server.close()
        shutil.rmtree(folder)


if __name__ == "__main__":
    arguments = [a for a in sys.argv[1:] if a != "--drop"]
    if len(arguments) != 3 or shutil.which("prometheus") is None:
        sys.exit(__doc__)
    asyncio.run(main(arguments[0], int(arguments[1]), float(arguments[2]), "--drop" in sys.argv))
