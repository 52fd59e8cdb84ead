# cmake -D SOURCE_DIR=.. -D VERSION=.. -D BUILD_TYPE=.. -D COMPILER=.. -D SANITIZERS=.. -P this IN OUT
# Run at every build, not when configuring: the revision in results must be that of the compiled sources.
# OUT changes only with what it says, so nothing is compiled again for nothing.
execute_process(COMMAND git -C ${SOURCE_DIR} describe --always --dirty --abbrev=12
  OUTPUT_VARIABLE REVISION OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
configure_file(${IN} ${OUT} @ONLY)
