#!/usr/bin/env python3
"""depends.py SYSROOT PROGRAM: the field Depends of a Debian package that holds PROGRAM: for each library that it is
linked with, the oldest version of its package that has the symbols used (control file symbols; shlibs where there is
none). dpkg-shlibdeps does the same, but for packages that are installed on the system.
"""
import functools
import pathlib
import re
import subprocess
import sys


def lines_of(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()


def compare(one, other):
    later = ["dpkg", "--compare-versions", one, "gt", other]
    return 0 if one == other else 1 if subprocess.run(later, check=False).returncode == 0 else -1


def by_symbols(sysroot, soname, used):
    """(template, versions) of the symbols file that lists soname; None without one."""
    for path in sorted(sysroot.glob("control/*/symbols")):
        template, inside, versions = None, False, {"0"}
        for line in path.read_text(encoding="utf-8").splitlines():
            if line and line[0] not in " *|":
                inside = line.split(" ", 1)[0] == soname
                template = line.split(" ", 1)[1] if inside else template
            elif inside and line.startswith(" "):
                symbol, version = line.split()[:2]
                if symbol in used:
                    versions.add(version)
        if template:
            return template, versions
    return None


def dependency(sysroot, soname, used):
    found = by_symbols(sysroot, soname, used)
    if found:
        version = max(found[1], key=functools.cmp_to_key(compare))
        return found[0].replace("#MINVER#", "" if version == "0" else f"(>= {version})").strip()
    name, version = re.fullmatch(r"(.*)\.so\.(.*)", soname).groups()
    for path in sorted(sysroot.glob("control/*/shlibs")):
        for line in path.read_text(encoding="utf-8").splitlines():
            if line.startswith(f"{name} {version} "):
                return line.split(" ", 2)[2]
    sys.exit(f"depends.py: whose is {soname}?")


def main(sysroot, program):
    used = {symbol if "@" in symbol else symbol + "@Base"
            for symbol in (line.split()[-1].replace("@@", "@") for line in lines_of("nm", "-D", "--undefined-only", program))}
    sonames = [line.split()[1] for line in lines_of("objdump", "-p", program) if line.split()[:1] == ["NEEDED"]]
    newest = {}
    for text in (dependency(sysroot, soname, used) for soname in sonames):
        package, version = text.split()[0], text.split("(>= ")[-1].rstrip(")") if "(" in text else "0"
        if package not in newest or compare(version, newest[package][0]) > 0:
            newest[package] = (version, text) # a package with two libraries: the newer version
    print(", ".join(newest[package][1] for package in sorted(newest)))


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    main(pathlib.Path(sys.argv[1]), sys.argv[2])
