# ShardpickRoom.cmake: the functions that make the library of a room and hide its private headers.
#
# Headers of a room are reachable only through a folder of links that holds exactly what the room
# makes public. A target sees the folders of the rooms it links, and nothing else: an include that
# goes upward or sideways does not compile.

# Flags that every C file of ours is compiled with.
add_library(shardpick_flags INTERFACE)
target_compile_features(shardpick_flags INTERFACE c_std_11)
target_compile_definitions(shardpick_flags INTERFACE _GNU_SOURCE)
target_compile_options(shardpick_flags INTERFACE
  -Wall -Wextra -Wshadow -Wconversion -Wstrict-prototypes -Wmissing-prototypes -Wvla
  -Wformat=2 -Wundef -Wpointer-arith -Wcast-align -Wwrite-strings
  -fno-strict-aliasing -fstack-protector-strong
  -ffile-prefix-map=${CMAKE_SOURCE_DIR}=.
  $<$<BOOL:${SHARDPICK_WERROR}>:-Werror>)
if(SHARDPICK_SANITIZE)
  target_compile_options(shardpick_flags INTERFACE
    -fsanitize=${SHARDPICK_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  target_link_options(shardpick_flags INTERFACE -fsanitize=${SHARDPICK_SANITIZE})
  if(SHARDPICK_SANITIZE MATCHES "address") # a local variable that is read before it is set shows
    target_compile_options(shardpick_flags INTERFACE -ftrivial-auto-var-init=pattern)
  endif()
endif()
if(SHARDPICK_FUZZ)
  target_compile_options(shardpick_flags INTERFACE -fsanitize=fuzzer-no-link)
endif()

# shardpick_room(NAME SOURCES file... [FOLDER name] [PUBLIC_HEADERS file...] [USES room...]
#                [LINKS library...])
#   FOLDER          the name before the slash in includes of this room's headers ("run/engine.h");
#                   without it, public headers are included by their own name ("kern.h")
#   PUBLIC_HEADERS  what other rooms may include; with FOLDER and without PUBLIC_HEADERS, all headers
#   USES            rooms whose public headers this room's public headers or sources include
#   LINKS           outside libraries, private
# The room itself, and tests after shardpick_inside, reach every header of the folder.
function(shardpick_room name)
  cmake_parse_arguments(room "" "FOLDER" "SOURCES;PUBLIC_HEADERS;USES;LINKS" ${ARGN})
  set(public ${CMAKE_BINARY_DIR}/rooms/${name})
  file(MAKE_DIRECTORY ${public})
  if(room_FOLDER AND NOT room_PUBLIC_HEADERS)
    file(CREATE_LINK ${CMAKE_CURRENT_SOURCE_DIR} ${public}/${room_FOLDER} SYMBOLIC)
  endif()
  foreach(header IN LISTS room_PUBLIC_HEADERS)
    get_filename_component(folder "${room_FOLDER}/${header}" DIRECTORY)
    if(room_FOLDER AND IS_SYMLINK ${public}/${room_FOLDER}) # of a configuration before: made anew, or
      file(REMOVE ${public}/${room_FOLDER})                  # links would be written into the source
    endif()
    file(MAKE_DIRECTORY ${public}/${folder})
    file(CREATE_LINK ${CMAKE_CURRENT_SOURCE_DIR}/${header} ${public}/${room_FOLDER}/${header} SYMBOLIC)
  endforeach()
  set(inside ${CMAKE_BINARY_DIR}/inside/${name})
  if(room_FOLDER)
    file(MAKE_DIRECTORY ${inside})
    file(CREATE_LINK ${CMAKE_CURRENT_SOURCE_DIR} ${inside}/${room_FOLDER} SYMBOLIC)
  else()
    set(inside ${CMAKE_CURRENT_SOURCE_DIR})
  endif()
  add_library(${name} STATIC ${room_SOURCES})
  target_include_directories(${name} PRIVATE ${inside} PUBLIC ${public})
  set_target_properties(${name} PROPERTIES SHARDPICK_INSIDE ${inside})
  target_link_libraries(${name} PUBLIC ${room_USES} PRIVATE shardpick_flags ${room_LINKS})
endfunction()

# shardpick_values(NAME FOLDER HEADER room...): one header of this folder, for rooms that may see no other:
# values without functions that have to be linked. room...: what the header includes.
function(shardpick_values name folder header)
  set(public ${CMAKE_BINARY_DIR}/rooms/${name})
  file(MAKE_DIRECTORY ${public}/${folder})
  file(CREATE_LINK ${CMAKE_CURRENT_SOURCE_DIR}/${header} ${public}/${folder}/${header} SYMBOLIC)
  add_library(${name} INTERFACE)
  target_include_directories(${name} INTERFACE ${public})
  target_link_libraries(${name} INTERFACE ${ARGN})
endfunction()

# shardpick_inside(TARGET room...): a test's TARGET may include the private headers of these rooms.
function(shardpick_inside target)
  foreach(room IN LISTS ARGN)
    get_target_property(inside ${room} SHARDPICK_INSIDE)
    target_include_directories(${target} BEFORE PRIVATE ${inside})
  endforeach()
endfunction()

# shardpick_unrolled(file...): sources that are thousands of vector operations without a loop. The
# undefined-behaviour sanitizer makes them compile eight times as long (20 s and 600 MB a file) and has
# nothing to find there: vector arithmetic wraps, indices are constants. The address sanitizer stays.
function(shardpick_unrolled)
  if(SHARDPICK_SANITIZE MATCHES "undefined")
    set_property(SOURCE ${ARGN} APPEND PROPERTY COMPILE_OPTIONS -fno-sanitize=undefined)
  endif()
endfunction()

# shardpick_pure(file...): sources that read and write nothing but their arguments and constants. The
# thread sanitizer makes them ten to fifty times slower and has nothing to find there: what threads
# share is in their callers.
function(shardpick_pure)
  if(SHARDPICK_SANITIZE MATCHES "thread")
    set_property(SOURCE ${ARGN} APPEND PROPERTY COMPILE_OPTIONS -fno-sanitize=thread)
  endif()
endfunction()

# shardpick_variant(PROCESSOR FILE flag...): where the target is that processor (X86 or ARM, of 64 bits),
# append FILE to `variants` and compile it, and nothing else, with these instruction-set flags. Sums stay
# in the order in which they are written: gcc would add first what is ready last.
set(SHARDPICK_X86 "^(x86_64|amd64|AMD64)$")
set(SHARDPICK_ARM "^(aarch64|arm64)$")
function(shardpick_variant processor file)
  if(CMAKE_SYSTEM_PROCESSOR MATCHES "${SHARDPICK_${processor}}")
    set_property(SOURCE ${file} APPEND PROPERTY COMPILE_OPTIONS ${ARGN}
                 $<$<C_COMPILER_ID:GNU>:-fno-tree-reassoc>)
    set(variants ${variants} ${file} PARENT_SCOPE)
  endif()
endfunction()

# shardpick_embed(TARGET FILE SYMBOL): the bytes of FILE as `const char SYMBOL[]`, NUL-ended, and
# `const size_t SYMBOL_size` (without the NUL), compiled into TARGET.
function(shardpick_embed target file symbol)
  set(out ${CMAKE_CURRENT_BINARY_DIR}/${symbol}.c)
  add_custom_command(OUTPUT ${out}
    COMMAND ${CMAKE_COMMAND} -DIN=${CMAKE_CURRENT_SOURCE_DIR}/${file} -DOUT=${out}
            -DSYMBOL=${symbol} -P ${CMAKE_SOURCE_DIR}/cmake/embed.cmake
    DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/${file} ${CMAKE_SOURCE_DIR}/cmake/embed.cmake
    COMMENT "Embedding ${file}" VERBATIM)
  target_sources(${target} PRIVATE ${out})
endfunction()

# shardpick_algorithm(NAME SOURCES file... [USES room...]): the room of an algorithm: its row NAME.c, the
# host side NAME_cl.c of its device kernel, the sources named; NAME.cl and NAME_layout.h embedded.
function(shardpick_algorithm name)
  cmake_parse_arguments(algorithm "" "" "SOURCES;USES" ${ARGN})
  shardpick_room(${name}
    SOURCES ${name}.c ${name}_cl.c ${algorithm_SOURCES}
    FOLDER ${name}
    USES row base opencl ${algorithm_USES})
  shardpick_embed(${name} ${name}.cl kern_${name}_cl_text)
  shardpick_embed(${name} ${name}_layout.h kern_${name}_layout_text)
endfunction()
