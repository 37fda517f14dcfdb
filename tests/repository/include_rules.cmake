# A folder may include only what is listed for it; standard headers always.
cmake_minimum_required(VERSION 3.25)
get_filename_component(root ${CMAKE_CURRENT_LIST_DIR}/../.. ABSOLUTE)

set(system "fcntl\\.h|pthread\\.h|unistd\\.h|poll\\.h|signal\\.h|dirent\\.h|ifaddrs\\.h|sys/|net/|netinet/|arpa/|netdb\\.h")

set(messages_may            "messages/|capnp/|kj/|isa-l|malloc\\.h")
set(messages_remoting_may   "messages/")
set(store_may               "store/|messages/|lmdb\\.h|${system}")
set(config_may              "config/|messages/(errors|freed_memory)\\.hpp|caf/|sys/socket\\.h")
set(actors_core_may         "actors/core/|messages/")
set(actors_may              "actors/|store/|messages/|config/settings\\.hpp|caf/|capnp/|kj/|unistd\\.h|sys/socket\\.h|openssl/")
set(actors_supervision_may  "${actors_may}|spdlog/|fmt/")
set(nodes_may               "nodes/|actors/|store/|messages/|config/|caf/|spdlog/|fmt/|nlohmann/|CLI/|systemd/|${system}")
set(examples_may            "actors/client/|actors/protocol\\.hpp|messages/|config/|nodes/standalone|caf/|unistd\\.h")

# The most particular folder a file lies in decides.
set(problems "")
file(GLOB_RECURSE files RELATIVE ${root}
  ${root}/messages/*.?pp ${root}/store/*.?pp ${root}/config/*.?pp
  ${root}/actors/*.?pp ${root}/nodes/*.?pp ${root}/examples/*.?pp)
foreach(file ${files})
  string(REGEX MATCH "^(actors/(core|supervision)|messages/remoting)/" particular ${file})
  if(particular)
    string(REGEX REPLACE "^([a-z]+)/([a-z]+)/.*" "\\1_\\2" folder ${file})
  else()
    string(REGEX REPLACE "/.*" "" folder ${file})
  endif()
  file(STRINGS ${root}/${file} lines REGEX "^ *# *include")
  foreach(line ${lines})
    string(REGEX REPLACE ".*[<\"](.*)[>\"].*" "\\1" path "${line}")
    # A standard header has no folder and no suffix; C's end in .h.
    if(NOT path MATCHES "^[a-z_0-9]+$" AND NOT path MATCHES "^(${${folder}_may})")
      string(APPEND problems "  ${file}: ${path}\n")
    endif()
  endforeach()
endforeach()
if(problems)
  message(FATAL_ERROR "includes against the dependency direction:\n${problems}")
endif()
