# Conventions that every target of the project follows.

find_program(CCACHE ccache)
if(CCACHE)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CCACHE})
  set(CMAKE_CUDA_COMPILER_LAUNCHER ${CCACHE})
endif()

add_library(closet_flags INTERFACE)
target_compile_options(closet_flags INTERFACE
  "$<$<COMPILE_LANGUAGE:CXX>:-Wall;-Wextra;-Wconversion;-Wshadow>"
  "$<$<AND:$<COMPILE_LANGUAGE:CXX>,$<BOOL:${CLOSET_WERROR}>>:-Werror>")
if(CLOSET_SANITIZE)
  target_compile_options(closet_flags INTERFACE
    -fsanitize=${CLOSET_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer -g)
  target_link_options(closet_flags INTERFACE -fsanitize=${CLOSET_SANITIZE})
endif()

# closet_module(NAME SOURCES file... LIBS target...): the static library closet_NAME of lib/NAME.
# Headers are included as "NAME/header.h".
function(closet_module name)
  cmake_parse_arguments(arg "" "" "SOURCES;LIBS" ${ARGN})
  add_library(closet_${name} STATIC ${arg_SOURCES})
  target_include_directories(closet_${name} PUBLIC ${PROJECT_SOURCE_DIR}/lib)
  target_link_libraries(closet_${name} PUBLIC ${arg_LIBS} PRIVATE closet_flags)
endfunction()

# closet_test(NAME SOURCES file... LIBS target... [LABELS label...]): the doctest program test_NAME.
# Each test case becomes one ctest entry named NAME.<case>, so keep , and ; out of case names.
function(closet_test name)
  cmake_parse_arguments(arg "" "" "SOURCES;LIBS;LABELS" ${ARGN})
  if(NOT arg_LABELS)
    set(arg_LABELS unit)
  endif()
  add_executable(test_${name} ${arg_SOURCES} ${PROJECT_SOURCE_DIR}/tests/support/main.cpp)
  target_include_directories(test_${name} PRIVATE ${PROJECT_SOURCE_DIR}/tests)
  target_compile_definitions(test_${name} PRIVATE CLOSET_SOURCE_DIR="${PROJECT_SOURCE_DIR}")
  target_link_libraries(test_${name} PRIVATE ${arg_LIBS} doctest::doctest closet_flags)
  doctest_discover_tests(test_${name} TEST_PREFIX "${name}." DISCOVERY_TIMEOUT 60
    PROPERTIES LABELS "${arg_LABELS}" TIMEOUT 300 SKIP_REGULAR_EXPRESSION "SKIPPED: ")
endfunction()
