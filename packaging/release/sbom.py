#!/usr/bin/env python3
"""sbom.py FOLDER VERSION COMMIT ARCH...: the parts of a release that release.sh has built in FOLDER, as an SPDX 2.3
document on standard output: the files of FOLDER/dist, the program, and the Debian packages whose libraries it is
linked with (beside it in the portable tarball) or whose headers it was compiled with. Equal input gives equal text.
"""
import datetime
import hashlib
import json
import os
import pathlib
import re
import subprocess
import sys


def spdx_id(text):
    return "SPDXRef-" + re.sub(r"[^A-Za-z0-9.-]+", "-", text)


def digests(path):
    data = path.read_bytes()
    return [{"algorithm": name, "checksumValue": hashlib.new(name.lower(), data).hexdigest()}
            for name in ("SHA1", "SHA256")]


def control(path):
    """The fields of a Debian control file."""
    lines = path.read_text(encoding="utf-8").splitlines()
    return dict(line.split(": ", 1) for line in lines if ": " in line and not line.startswith(" "))


def debian_package(sysroot, name):
    fields = control(sysroot / "control" / name / "control")
    arch, version = fields["Architecture"], fields["Version"]
    file = next((sysroot / "packages").glob(f"{name}_*.deb"))
    return {
        "SPDXID": spdx_id(f"{name}-{arch}"),
        "name": name,
        "versionInfo": version,
        "supplier": "Organization: Debian",
        "downloadLocation": "NOASSERTION",
        "filesAnalyzed": False,
        "checksums": [c for c in digests(file) if c["algorithm"] == "SHA256"],
        "licenseConcluded": "NOASSERTION",
        "licenseDeclared": "NOASSERTION",
        "copyrightText": "NOASSERTION",
        "externalRefs": [{
            "referenceCategory": "PACKAGE-MANAGER",
            "referenceType": "purl",
            "referenceLocator": f"pkg:deb/debian/{name}@{version.replace(':', '%3A').replace('+', '%2B')}?arch={arch}",
        }],
    }


def main(folder, version, commit, archs):
    here = pathlib.Path(__file__).resolve().parent
    program = spdx_id("shardpick")
    license_id = "MIT" if "MIT License" in (here / "../../LICENSE").read_text(encoding="utf-8") else "NOASSERTION"
    files, relationships = [], []
    packages = [{
        "SPDXID": program,
        "name": "shardpick",
        "versionInfo": version,
        "sourceInfo": f"git commit {commit}",
        "downloadLocation": "NOASSERTION",
        "filesAnalyzed": False,
        "licenseConcluded": license_id,
        "licenseDeclared": license_id,
        "copyrightText": "NOASSERTION",
        "primaryPackagePurpose": "APPLICATION",
    }]

    def relate(one, kind, other):
        relationships.append({"spdxElementId": one, "relationshipType": kind, "relatedSpdxElement": other})

    relate("SPDXRef-DOCUMENT", "DESCRIBES", program)
    dist = folder / "dist"
    for path in sorted(p for p in dist.iterdir() if not p.name.endswith((".spdx.json", "SHA256SUMS"))):
        file = spdx_id(f"file-{path.name}")
        files.append({"SPDXID": file, "fileName": f"./{path.name}", "checksums": digests(path),
                      "licenseConcluded": "NOASSERTION", "copyrightText": "NOASSERTION"})
        relate(file, "GENERATED_FROM" if "-source" not in path.name else "DISTRIBUTION_ARTIFACT", program)
    for arch in archs:
        sysroot = folder / f"sysroot-{arch}"
        portable = folder / "first/parts" / f"shardpick-{version}-linux-{arch}"
        tarball = spdx_id(f"file-{portable.name}.tar.gz")
        owners = subprocess.run([here / "owners.sh", sysroot, *sorted((portable / "lib").iterdir())],
                                check=True, capture_output=True, text=True).stdout.split("\n")
        for name in sorted(line.split()[0] for line in owners if line) + ["libc6", "opencl-c-headers"]:
            package = debian_package(sysroot, name)
            if package["SPDXID"] not in [p["SPDXID"] for p in packages]:
                packages.append(package)
            if name == "opencl-c-headers":
                relate(package["SPDXID"], "BUILD_DEPENDENCY_OF", program)
                continue
            relate(program, "DYNAMIC_LINK", package["SPDXID"])
            if name != "libc6":
                relate(tarball, "CONTAINS", package["SPDXID"])
    created = datetime.datetime.fromtimestamp(int(os.environ["SOURCE_DATE_EPOCH"]), datetime.timezone.utc)
    json.dump({
        "spdxVersion": "SPDX-2.3",
        "dataLicense": "CC0-1.0",
        "SPDXID": "SPDXRef-DOCUMENT",
        "name": f"shardpick-{version}",
        "documentNamespace": f"https://spdx.org/spdxdocs/shardpick-{version}-{commit}",
        "creationInfo": {"created": created.strftime("%Y-%m-%dT%H:%M:%SZ"), "creators": ["Tool: shardpick-sbom.py"]},
        "packages": packages,
        "files": files,
        "relationships": relationships,
    }, sys.stdout, indent=1)
    print()


if __name__ == "__main__":
    if len(sys.argv) < 5:
        sys.exit(__doc__)
    main(pathlib.Path(sys.argv[1]), sys.argv[2], sys.argv[3], sys.argv[4:])
