# The shell programs parse, and please shellcheck where that is installed.
cmake_minimum_required(VERSION 3.25)
get_filename_component(root ${CMAKE_CURRENT_LIST_DIR}/../.. ABSOLUTE)
set(programs bin/quickstart bin/test bin/bench bin/packages .ci/run
  tests/examples/run_examples.sh tests/interop/run
  tests/interop/peer tests/interop/readme tests/interop/crash_drill
  tests/interop/mixed_group/run tests/interop/mqadmin/run
  tests/interop/brokers.sh tests/interop/clients.sh tests/interop/build_clients)
foreach(program ${programs})
  execute_process(COMMAND bash -n ${program} WORKING_DIRECTORY ${root}
    COMMAND_ERROR_IS_FATAL ANY)
endforeach()
find_program(SHELLCHECK shellcheck)
if(SHELLCHECK)
  execute_process(COMMAND ${SHELLCHECK} -x ${programs}
    WORKING_DIRECTORY ${root} COMMAND_ERROR_IS_FATAL ANY)
endif()
