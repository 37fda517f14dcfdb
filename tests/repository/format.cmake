# Every source is as .clang-format wants it. Other versions than 14 format
# otherwise, so only that one is asked.
cmake_minimum_required(VERSION 3.25)
get_filename_component(root ${CMAKE_CURRENT_LIST_DIR}/../.. ABSOLUTE)
find_program(CLANG_FORMAT NAMES clang-format-14 clang-format)
if(NOT CLANG_FORMAT)
  message("SKIPPED: clang-format is not installed")
  return()
endif()
execute_process(COMMAND ${CLANG_FORMAT} --version OUTPUT_VARIABLE version)
if(NOT version MATCHES "version 14\\.")
  message("SKIPPED: clang-format 14 is wanted, this is ${version}")
  return()
endif()

set(patterns)
foreach(folder messages store config actors nodes tests examples)
  list(APPEND patterns ${root}/${folder}/*.hpp ${root}/${folder}/*.cpp)
endforeach()
file(GLOB_RECURSE files ${patterns})
execute_process(
  COMMAND ${CLANG_FORMAT} --dry-run -Werror --ferror-limit=1 ${files}
  WORKING_DIRECTORY ${root}
  ERROR_VARIABLE complaints RESULT_VARIABLE status)
if(NOT status EQUAL 0)
  string(REGEX MATCHALL "[^\n]*: error:[^\n]*" places "${complaints}")
  list(JOIN places "\n  " places)
  message(FATAL_ERROR "run clang-format -i on:\n  ${places}")
endif()
