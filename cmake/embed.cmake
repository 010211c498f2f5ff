# embed.cmake: cmake -DIN=file -DOUT=file.c -DSYMBOL=name -P embed.cmake
file(READ ${IN} hex HEX)
string(LENGTH "${hex}" digits)
math(EXPR size "${digits} / 2")
string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${hex}")
string(REPEAT "0x..," 16 row)
string(REGEX REPLACE "${row}" "\\0\n" bytes "${bytes}")
get_filename_component(name ${IN} NAME)
file(WRITE ${OUT} "/* ${name}, embedded by the build. */\n#include <stddef.h>\n"
  "extern const unsigned char ${SYMBOL}[${size} + 1];\nextern const size_t ${SYMBOL}_size;\n"
  "const unsigned char ${SYMBOL}[${size} + 1] = {\n${bytes}0x00};\nconst size_t ${SYMBOL}_size = ${size};\n")
