/* page.js: fills the dashboard from /api/v1, every two seconds. Nothing is fetched from elsewhere and
 * no text of the miner is ever parsed as HTML. */
"use strict";
(() => {
  const byId = (id) => document.getElementById(id);
  const POLL_MS = 2000, HIDDEN_MS = 10000, TIMEOUT_MS = 5000, KEEP_MS = 15 * 60000, LINES = 100;
  const points = []; /* [time in ms, rate] */
  let next = 0;      /* first event not seen yet */
  let isPaused = false;
  let unit = "H";

  const put = (id, text) => {
    const node = byId(id);
    if (node.textContent !== text) node.textContent = text;
  };
  const make = (name, text, className) => {
    const node = document.createElement(name);
    if (text !== undefined) node.textContent = text;
    if (className) node.className = className;
    return node;
  };

  /* [number, unit] with four digits: 6739752, "H/s" -> ["6.740", "MH/s"] */
  const scaled = (value, of) => {
    const prefixes = ["", "k", "M", "G", "T", "P", "E"];
    let i = 0;
    while (value >= 1000 && i + 1 < prefixes.length) { value /= 1000; i += 1; }
    return [value === 0 ? "0" : value.toPrecision(4), prefixes[i] + of];
  };
  const rate = (value, of = unit) => scaled(value, `${of}/s`).join(" ");
  const whole = (value) => value.toLocaleString("en").replaceAll(",", "\u2009");
  const span = (seconds) => {
    if (!Number.isFinite(seconds)) return "–";
    const s = Math.floor(seconds), m = Math.floor(s / 60), h = Math.floor(m / 60);
    const d = Math.floor(h / 24);
    if (d > 9999) return "ages";
    if (d > 0) return `${d} d ${h % 24} h`;
    if (h > 0) return `${h} h ${m % 60} min`;
    if (m > 0) return `${m} min ${s % 60} s`;
    return seconds < 10 ? `${seconds.toFixed(1)} s` : `${s} s`;
  };
  const millis = (ms) => (ms >= 100 ? `${ms.toFixed(0)} ms` : `${ms.toPrecision(2)} ms`);

  /* ---- summary ---------------------------------------------------------------------------- */
  const showState = (summary) => {
    const pill = byId("state");
    const [text, look] = summary.paused ? ["paused", "warn"]
      : !summary.server.up ? ["no server", "bad"]
      : summary.chains.covered === 0 ? ["no work", "warn"] : ["mining", "good"];
    put("state", text);
    pill.className = `pill ${look}`;
    isPaused = summary.paused;
    put("pause", isPaused ? "Resume" : "Pause");
    byId("pause").hidden = summary.restricted;
  };

  const showSummary = (summary) => {
    unit = summary.unit;
    const [number, of] = scaled(summary.hashrate["10s"], `${unit}/s`);
    const s = summary.shares;
    put("version", summary.version);
    put("mined", summary.title);
    put("rate", number);
    put("rate-unit", of);
    put("rate60", rate(summary.hashrate["60s"]));
    put("rate900", rate(summary.hashrate["15m"]));
    put("highest", rate(summary.hashrate.highest));
    put("hashes-name", unit === "Sol" ? "solutions" : "hashes");
    put("hashes", scaled(summary.hashes, "").join(" ").trim());
    put("accepted", whole(s.accepted));
    put("stale", whole(s.stale));
    put("rejected", whole(s.rejected));
    put("blocks", whole(s.blocks));
    put("wrong", whole(s.invalid_on_device));
    byId("wrong").className = s.invalid_on_device > 0 ? "not-ok" : "";
    put("expect-name", summary.server.solo ? "a block expected every" : "one expected every");
    put("expect", summary.hashrate["60s"] > 0 && summary.hashes_per_share > 0
      ? span(summary.hashes_per_share / summary.hashrate["60s"]) : "–");
    const parts = byId("split").children;
    [s.accepted, s.stale, s.rejected].forEach((n, i) => { parts[i].style.flexGrow = n; });
    const [scheme, place] = summary.server.url.split("://");
    if (byId("server").dataset.url !== summary.server.url) {
      byId("server").dataset.url = summary.server.url;
      byId("server").replaceChildren(make("small", place ? `${scheme}://` : ""), place || "none yet");
    }
    put("since-name", summary.server.up ? "connected for" : "not connected for");
    put("since", span(summary.server.since_seconds));
    put("latency", summary.answer_ms.count > 0 ? millis(summary.server.latency_ms) : "–");
    put("switch", summary.job_switch_ms.count > 0 ? millis(summary.job_switch_ms.p99) : "–");
    put("failures", whole(summary.server.failures));
    put("uptime", span(summary.uptime_seconds));
    put("covered", `${summary.chains.covered} of ${summary.chains.count} with work`);
    document.title = `${rate(summary.hashrate["10s"])} · Shardpick`;
    showState(summary);
    points.push([Date.now(), summary.hashrate["10s"]]);
    document.documentElement.dataset.hashes = String(summary.hashes);
  };

  /* ---- chart ------------------------------------------------------------------------------ */
  const WIDTH = 600, HEIGHT = 180;
  const shape = (name, className, attribute, value) => {
    const node = document.createElementNS("http://www.w3.org/2000/svg", name);
    node.setAttribute("class", className);
    node.setAttribute(attribute, value);
    return node;
  };
  const showChart = () => {
    const now = Date.now();
    while (points.length > 2 && now - points[0][0] > KEEP_MS) points.shift();
    const most = Math.max(...points.map((p) => p[1]), 1) * 1.1;
    const wide = Math.max(now - points[0][0], 60000);
    const x = (time) => (WIDTH - ((now - time) / wide) * WIDTH).toFixed(1);
    const y = (value) => (HEIGHT - (value / most) * HEIGHT).toFixed(1);
    const line = points.map((p) => `${x(p[0])} ${y(p[1])}`).join(" L");
    const first = x(points[0][0]);
    const chart = byId("chart");
    const rules = [0.25, 0.5, 0.75, 1].map((part) =>
      shape("path", "grid", "d", `M0 ${HEIGHT * part} H${WIDTH}`));
    chart.replaceChildren(...rules,
      shape("path", "area", "d", `M${first} ${HEIGHT} L${line} L${WIDTH} ${HEIGHT} Z`),
      shape("path", "curve", "d", `M${line} L${WIDTH} ${y(points[points.length - 1][1])}`));
    const rates = points.map((p) => p[1]);
    put("chart-old", `${span(wide / 1000)} ago`);
    put("chart-top", most > 2 ? `top of the chart ${rate(most)}` : "nothing hashed yet");
    chart.setAttribute("aria-label", `Hashrate over the last ${span((now - points[0][0]) / 1000)}: ` +
      `now ${rate(rates[rates.length - 1])}, least ${rate(Math.min(...rates))}, ` +
      `most ${rate(Math.max(...rates))}`);
  };

  /* ---- chains ----------------------------------------------------------------------------- */
  const chainLook = (chain) => {
    if (!chain.has_job) return "none";
    if (chain.resting) return "rest";
    return `age${[4, 8, 16, 32].filter((limit) => chain.age_seconds > limit).length}`;
  };
  const showChains = (chains) => {
    const list = byId("chains");
    while (list.children.length < chains.length) {
      const cell = make("li");
      const top = make("b");
      top.append(make("i"), make("i"));
      top.children[0].style.fontStyle = top.children[1].style.fontStyle = "normal";
      cell.append(top, make("span"));
      list.append(cell);
    }
    chains.forEach((chain, i) => {
      const cell = list.children[i];
      const look = chainLook(chain);
      const age = chain.age_seconds === null ? "–" : span(chain.age_seconds);
      cell.className = look;
      cell.children[0].children[0].textContent = `#${chain.chain}`;
      cell.children[0].children[1].textContent = `✓${whole(chain.accepted)}`;
      cell.children[1].textContent = look === "rest" ? "rests" : age;
      cell.setAttribute("aria-label", `Chain ${chain.chain}: ` +
        (look === "none" ? "no job" : look === "rest" ? "rests after a block"
          : `job ${age} old, height ${chain.height}`) + `, ${chain.accepted} accepted`);
      cell.title = `chain ${chain.chain}, height ${chain.height}: ${chain.accepted} accepted, ` +
        `${chain.stale} stale, ${chain.rejected} rejected`;
    });
  };

  /* ---- devices ---------------------------------------------------------------------------- */
  const cell = (row, name, text, className) => {
    const node = make("td", text === null ? "–" : text, text === null ? "unknown" : className);
    node.dataset.name = name;
    row.append(node);
    return node;
  };
  const showDevices = (devices) => {
    byId("devices").replaceChildren(...devices.map((device) => {
      const row = make("tr");
      const s = device.sensors;
      const known = (value, of) => (value === null ? null : `${Math.round(value)} ${of}`);
      const lanes = device.lanes > 1 ? `${device.lanes} lanes` : "1 lane";
      /* "opencl 0000:65:00.0 Name": what selects it goes below its name */
      const [, place, name] = /^(opencl \S+) (.+)$/.exec(device.device) ?? [];
      cell(row, "device", name ?? device.device)
        .append(make("small", device.kind === "cpu" ? `${device.kernel}, ${lanes}` : place ?? ""));
      const { table } = device;
      const building = table ? `table of height ${whole(table.height)}: ${Math.floor(table.percent)} %` : null;
      cell(row, "state", device.cooling ? "cooling" : building ?? device.state,
        device.state === "ready" && !device.cooling ? "ok" : "not-ok");
      cell(row, "rate", rate(device.hashrate["10s"], device.unit));
      cell(row, "of limit", device.limit === null ? null
        : `${Math.round(100 * device.hashrate["10s"] / device.limit)} %`);
      cell(row, "finds", whole(device.found));
      cell(row, "wrong", whole(device.invalid_on_device), device.invalid_on_device > 0 ? "not-ok" : "");
      cell(row, "temperature", known(s.temperature_celsius, "°C"));
      cell(row, "power", known(s.power_watts, "W"));
      cell(row, "fan", known(s.fan_percent, "%") ?? known(s.fan_rpm, "rpm"));
      return row;
    }));
  };

  /* ---- workers: other miners that this one serves ------------------------------------------ */
  const SHOWN = 500; /* rows */
  let workers = [], sortKey = "hashrate", sortUp = false;
  const showWorkers = () => {
    const part = byId("workers-filter").value.toLowerCase();
    const order = (a, b) => (a[sortKey] < b[sortKey] ? -1 : a[sortKey] > b[sortKey] ? 1 : 0);
    const rows = workers
      .filter((w) => w.name.toLowerCase().includes(part) || w.agent.toLowerCase().includes(part))
      .sort((a, b) => (sortUp ? order(a, b) : order(b, a)));
    byId("workers").replaceChildren(...rows.slice(0, SHOWN).map((worker) => {
      const row = make("tr");
      const links = worker.connections === 1 ? "" : `, ${worker.connections} connections`;
      cell(row, "worker", worker.name || "(no login)").append(make("small", worker.agent + links));
      cell(row, "rate", rate(worker.hashrate));
      cell(row, "shares", whole(worker.accepted));
      cell(row, "stale", whole(worker.stale));
      cell(row, "wrong", whole(worker.wrong), worker.wrong > 0 ? "not-ok" : "");
      cell(row, "blocks", whole(worker.blocks));
      cell(row, "difficulty", worker.difficulty.toPrecision(3));
      cell(row, "last seen", worker.connections > 0 && worker.silent_seconds < 60
        ? "now" : `${span(worker.silent_seconds)} ago`);
      return row;
    }));
    for (const button of byId("workers-head").querySelectorAll("button")) {
      button.closest("th").setAttribute("aria-sort",
        button.dataset.key !== sortKey ? "none" : sortUp ? "ascending" : "descending");
    }
  };
  const takeWorkers = (answer) => {
    byId("workers-card").hidden = false;
    put("clients", `${whole(answer.clients.connected)} connections, ` +
      `${whole(answer.clients.workers)} names`);
    workers = answer.workers.map((w) => (
      { ...w, wrong: w.duplicates + w.low_difficulty + w.invalid }));
    showWorkers();
  };
  byId("workers-filter").addEventListener("input", showWorkers);
  byId("workers-head").addEventListener("click", (event) => {
    const key = event.target.dataset.key;
    if (!key) return;
    sortUp = key === sortKey ? !sortUp : key === "name";
    sortKey = key;
    showWorkers();
  });

  /* ---- events ----------------------------------------------------------------------------- */
  const showEvents = (answer) => {
    if (answer.next < next) byId("events").replaceChildren(); /* the miner was started anew */
    next = answer.next;
    for (const event of answer.events) {
      const line = make("li", undefined, event.level);
      const when = new Date(event.time * 1000);
      const time = make("time", when.toLocaleTimeString("en-GB"));
      time.dateTime = when.toISOString();
      const text = make("div");
      if (event.level === "warning" || event.level === "error") text.append(make("b", `${event.level}: `));
      text.append(event.text);
      line.append(time, text);
      byId("events").prepend(line);
    }
    while (byId("events").children.length > LINES) byId("events").lastElementChild.remove();
  };

  /* ---- asking ----------------------------------------------------------------------------- */
  const ask = async (path, options) => {
    const answer = await fetch(path, { signal: AbortSignal.timeout(TIMEOUT_MS), ...options });
    const body = await answer.json();
    if (!answer.ok) throw Object.assign(new Error(body.error), { code: answer.status });
    return body;
  };
  const trouble = (text) => {
    put("trouble", text);
    byId("trouble").hidden = text === "";
  };
  const look = async () => {
    try {
      const [summary, devices, chains, events] = await Promise.all([
        ask("api/v1/summary"), ask("api/v1/devices"), ask("api/v1/chains"),
        ask(`api/v1/events?since=${next}`)]);
      showSummary(summary);
      showChart();
      showDevices(devices.devices);
      showChains(chains.chains);
      if (summary.serves) takeWorkers(await ask("api/v1/workers"));
      showEvents(events.next < next ? await ask("api/v1/events") : events);
      trouble("");
    } catch (error) {
      byId("state").className = "pill bad";
      put("state", "not reached");
      trouble(`The miner does not answer (${error.message}). Still trying.`);
    }
    setTimeout(look, document.hidden ? HIDDEN_MS : POLL_MS);
  };

  /* ---- pause and resume ------------------------------------------------------------------- */
  const change = async () => {
    const token = sessionStorage.getItem("token");
    if (!token) { byId("ask").showModal(); return; }
    try {
      const answer = await ask(isPaused ? "api/v1/resume" : "api/v1/pause",
        { method: "POST", headers: { Authorization: `Bearer ${token}` } });
      isPaused = answer.paused;
      put("pause", isPaused ? "Resume" : "Pause");
      trouble("");
    } catch (error) {
      if (error.code === 401) sessionStorage.removeItem("token");
      trouble(error.message);
    }
  };
  byId("pause").addEventListener("click", change);
  byId("ask-cancel").addEventListener("click", () => byId("ask").close());
  byId("ask-form").addEventListener("submit", () => {
    sessionStorage.setItem("token", byId("token").value);
    byId("token").value = "";
    change();
  });
  look();
})();
