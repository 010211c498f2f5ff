#!/bin/sh
# rules.sh ROOT: house rules that a compiler does not check. Prints every breach; exit 1 if any.
cd "$1" || exit 1
failed=0
breach() {
    # $1: rule; standard input: the offending lines
    found=$(cat)
    if [ -n "$found" ]; then
        printf '%s:\n%s\n' "$1" "$found"
        failed=1
    fi
}
sources() { find "$@" -name '*.c' -o -name '*.h' -o -name '*.cl' | sort; }

sources kernels pool miner bench tests | xargs grep -nE '#include "\.\./' /dev/null |
    breach 'relative include: name the room instead'
sources kernels pool | xargs grep -nE '(^|[^_a-z.>])(exit|_exit|abort|printf|fprintf|puts|perror)[ ]?\(' /dev/null |
    grep -vE ':[0-9]+: ?(\*|/\*)|^kernels/opencl/driver/cl_probe\.c:[0-9]+: *_exit\(' |
    breach 'kernels/ and pool/ neither print nor end the program (a forked probe may end itself)'
sources kernels pool miner bench | xargs grep -nE '(^|[^_a-z])(strcpy|strcat|sprintf|vsprintf|gets|atoi|atol|alloca|rand|strtok)[ ]?\(' /dev/null |
    breach 'a safer twin exists (snprintf, strtoul with checks, base_random)'
sources kernels pool miner bench | xargs grep -nE '(^|[^_a-z])(malloc|calloc|realloc|free|strdup)[ ]?\(' /dev/null |
    grep -vE '^kernels/base/alloc\.c:|^kernels/opencl/driver/cl_icd\.c:[0-9]+: *free\(entries|:[0-9]+: ?(\*|/\*)|// |free\(3\)' | breach 'memory comes from base/alloc.h (what scandir allocates goes back to free)'
sources kernels/base | xargs grep -nE '#include "' /dev/null | grep -vE '#include "base/' |
    breach 'base/ includes only base/'
sources kernels/vec | xargs grep -nE '#include "' /dev/null | grep -vE '#include "(base|vec)/' |
    breach 'vec/ includes only base/'
# Generic rooms may cite a specification, as in (digibyte.md 7.1), and name no coin otherwise.
sources pool/wire pool/transport pool/protocol pool/record pool/source pool/tools pool/serve pool/bridge |
    xargs grep -niE 'alephium|bitcoin|digibyte|gbt|10973|12973|14022' /dev/null |
    grep -viE '(alephium|digibyte)\.md' |
    breach 'this room knows no coin: say it in a family or coin row (protocol/family.h, coin.h)'
# A test file is a list of cases: it may be a little longer than a module.
sources kernels pool miner bench tests | grep -vE '/data/' | xargs wc -l |
    awk '$2 != "total" && $1 > ($2 ~ /^tests\// ? 700 : 600) { print $1, $2 }' |
    breach 'too long for one file: split it by idea'
exit $failed
