# Installs `build` into a folder of its own, then builds and runs a project
# that knows nothing of the tree.
cmake_minimum_required(VERSION 3.25)
set(scratch ${build}/find_package_test)
file(REMOVE_RECURSE ${scratch})
# Outside of the tree, so that nothing is found beside it.
file(COPY ${CMAKE_CURRENT_LIST_DIR}/find_package/ DESTINATION ${scratch}/source)

if(sanitize)
  set(flags "-fsanitize=${sanitize}")
endif()
execute_process(
  COMMAND ${CMAKE_COMMAND} --install ${build} --prefix ${scratch}/prefix
    --component development
  OUTPUT_QUIET COMMAND_ERROR_IS_FATAL ANY)
execute_process(
  COMMAND ${CMAKE_COMMAND} -S ${scratch}/source -B ${scratch}/build -G Ninja
    -D CMAKE_PREFIX_PATH=${scratch}/prefix
    -D CMAKE_CXX_COMPILER=${compiler}
    -D CMAKE_C_COMPILER=${c_compiler}
    -D CMAKE_BUILD_TYPE=${type}
    -D CMAKE_CXX_FLAGS=${flags}
  COMMAND_ERROR_IS_FATAL ANY)
execute_process(
  COMMAND ${CMAKE_COMMAND} --build ${scratch}/build
  COMMAND_ERROR_IS_FATAL ANY)
execute_process(
  COMMAND ${scratch}/build/message
  OUTPUT_VARIABLE said COMMAND_ERROR_IS_FATAL ANY)
if(NOT said MATCHES "a message of [0-9]+ bytes")
  message(FATAL_ERROR "the program said: ${said}")
endif()
message("${said}")
execute_process(
  COMMAND ${scratch}/build/embedded ${scratch}/data
  COMMAND_ERROR_IS_FATAL ANY)
file(REMOVE_RECURSE ${scratch})
