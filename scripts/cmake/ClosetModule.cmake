# Conventions that every target of the project follows.

# ccache sees paths relative to the source tree, so that a clone elsewhere finds what this one compiled.
find_program(CCACHE ccache)
if(CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env CCACHE_BASEDIR=${PROJECT_SOURCE_DIR}
    CCACHE_NOHASHDIR=1 CCACHE_COMPILERCHECK=content ${CCACHE})
  set(CMAKE_CUDA_COMPILER_LAUNCHER ${CMAKE_CXX_COMPILER_LAUNCHER})
endif()

add_library(closet_flags INTERFACE)
target_compile_options(closet_flags INTERFACE
  "$<$<COMPILE_LANGUAGE:CXX>:-Wall;-Wextra;-Wconversion;-Wshadow>"
  "$<$<AND:$<COMPILE_LANGUAGE:CXX>,$<BOOL:${CLOSET_WERROR}>>:-Werror>")
if(CLOSET_UNITY AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # Warns of unnamed namespaces in included files, which sources of a unit are. Builds without units do warn.
  target_compile_options(closet_flags INTERFACE $<$<COMPILE_LANGUAGE:CXX>:-Wno-subobject-linkage>)
endif()
if(CLOSET_SANITIZE)
  target_compile_options(closet_flags INTERFACE
    -fsanitize=${CLOSET_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer -g
    -Wno-maybe-uninitialized)  # GCC's manual: sanitizers make it see what is not there
  target_link_options(closet_flags INTERFACE -fsanitize=${CLOSET_SANITIZE})
endif()

# closet_units(OUT TARGET BATCH file...): the files to compile for a target, in place of its sources.
#
# Most of a compiler's time goes into the headers of OpenCV, json, fmt and LibTorch, so files of one folder are
# compiled together, BATCH at a time. CMake's own unity build names files by absolute path, and sorts not by
# folder: neither ccache nor the reader would know them again in another clone. Names in unnamed namespaces must
# therefore differ within a folder. CLOSET_UNITY=OFF compiles each file alone, for clang-tidy and editors.
function(closet_units out target batch)
  set(units)
  set(folders)
  foreach(file ${ARGN})
    get_filename_component(path ${file} ABSOLUTE)
    cmake_path(IS_PREFIX PROJECT_BINARY_DIR ${path} is_generated)
    if(NOT CLOSET_UNITY OR is_generated OR NOT path MATCHES "\\.cpp$")
      list(APPEND units ${path})
      continue()
    endif()
    file(RELATIVE_PATH path ${PROJECT_SOURCE_DIR} ${path})
    get_filename_component(folder ${path} DIRECTORY)
    string(MAKE_C_IDENTIFIER ${folder} folder)
    list(APPEND folders ${folder})
    list(APPEND ${folder}_files ${path})
  endforeach()
  list(REMOVE_DUPLICATES folders)
  foreach(folder ${folders})
    list(LENGTH ${folder}_files count)
    math(EXPR parts "(${count} + ${batch} - 1) / ${batch}")
    math(EXPR share "(${count} + ${parts} - 1) / ${parts}")
    foreach(part RANGE 1 ${parts})
      math(EXPR from "(${part} - 1) * ${share}")
      list(SUBLIST ${folder}_files ${from} ${share} files)
      list(JOIN files "\"\n#include \"" text)
      set(unit ${CMAKE_CURRENT_BINARY_DIR}/${target}_${folder}_${part}.cpp)
      file(CONFIGURE OUTPUT ${unit} CONTENT "#include \"${text}\"\n" @ONLY)
      list(APPEND units ${unit})
    endforeach()
  endforeach()
  set(${out} ${units} PARENT_SCOPE)
endfunction()

# What does not loop over pixels or samples is compiled with -O1: a third less to compile, nothing more to run.
set(closet_cold_flags "$<$<AND:$<COMPILE_LANGUAGE:CXX>,$<CONFIG:Release>>:-O1>")

# closet_module(NAME [HOT] SOURCES file... LIBS target...): the static library closet_NAME, of sources in one of lib's folders.
# HOT: it loops over pixels or samples.
#
# Headers are included as "FOLDER/header.h". Each folder of lib is linked to from an include folder of its own, which a target
# hands on to those that link to it. So an include of what a target is not linked to does not compile: layers cannot be skipped.
function(closet_module name)
  cmake_parse_arguments(arg "HOT" "" "SOURCES;LIBS" ${ARGN})
  closet_units(units ${name} 12 ${arg_SOURCES})
  add_library(closet_${name} STATIC ${units})
  file(RELATIVE_PATH folder ${PROJECT_SOURCE_DIR}/lib ${CMAKE_CURRENT_SOURCE_DIR})
  string(REGEX REPLACE "/.*" "" folder ${folder})
  set(headers ${PROJECT_BINARY_DIR}/include/${folder})
  if(NOT EXISTS ${headers}/${folder})
    file(MAKE_DIRECTORY ${headers})
    file(CREATE_LINK ${PROJECT_SOURCE_DIR}/lib/${folder} ${headers}/${folder} SYMBOLIC)
  endif()
  target_include_directories(closet_${name} PUBLIC ${headers} PRIVATE ${PROJECT_SOURCE_DIR})
  target_link_libraries(closet_${name} PUBLIC ${arg_LIBS} PRIVATE closet_flags)
  if(NOT arg_HOT)
    target_compile_options(closet_${name} PRIVATE ${closet_cold_flags})
  endif()
endfunction()

# closet_torch_module(NAME SOURCES file... LIBS target...): the same of what calls LibTorch, for libcloset_torch.so.
function(closet_torch_module name)
  closet_module(${name} ${ARGN})
  target_link_libraries(closet_${name} PUBLIC LibTorch::LibTorch)
  set_target_properties(closet_${name} PROPERTIES POSITION_INDEPENDENT_CODE ON)
endfunction()

# closet_sources(NAME file...): more sources for closet_NAME, of a folder below it.
function(closet_sources name)
  closet_units(units ${name} 12 ${ARGN})
  target_sources(closet_${name} PRIVATE ${units})
endfunction()

# closet_test(NAME SOURCES file... LIBS target... [LABELS label...]): the doctest program test_NAME.
# Each test case becomes one ctest entry named NAME.<case>, so keep , and ; out of case names.
function(closet_test name)
  cmake_parse_arguments(arg "" "" "SOURCES;LIBS;LABELS" ${ARGN})
  if(NOT arg_LABELS)
    set(arg_LABELS unit)
  endif()
  closet_units(units test_${name} 8 ${arg_SOURCES})
  add_executable(test_${name} ${units})
  target_include_directories(test_${name} PRIVATE ${PROJECT_SOURCE_DIR}/tests ${PROJECT_SOURCE_DIR})
  target_link_libraries(test_${name} PRIVATE ${arg_LIBS} closet_test_main closet_flags)
  target_compile_options(test_${name} PRIVATE ${closet_cold_flags})
  doctest_discover_tests(test_${name} TEST_PREFIX "${name}." DISCOVERY_TIMEOUT 60
    PROPERTIES LABELS "${arg_LABELS}" TIMEOUT 300 SKIP_REGULAR_EXPRESSION "SKIPPED: ")
endfunction()
