# Installs headers, libraries and programs so that another project can say
#
#   find_package(apogee)
#   target_link_libraries(mine apogee::client)
#
# Every library of the folders below is exported: actors_client as
# apogee::client, store as apogee::store, and nodes, which programs embed, as
# apogee::standalone. Within the tree the same names are aliases. What only our
# own programs are made of (nodes_…) stays here.
include(CMakePackageConfigHelpers)
include(GNUInstallDirs)

# All targets of a folder and the folders in it.
function(targets_below folder out)
  get_property(found DIRECTORY ${folder} PROPERTY BUILDSYSTEM_TARGETS)
  get_property(below DIRECTORY ${folder} PROPERTY SUBDIRECTORIES)
  foreach(sub ${below})
    targets_below(${sub} more)
    list(APPEND found ${more})
  endforeach()
  set(${out} ${found} PARENT_SCOPE)
endfunction()

set(exported apogee_warnings)
set(programs)
foreach(folder messages config store actors nodes)
  targets_below(${PROJECT_SOURCE_DIR}/${folder} targets)
  foreach(target ${targets})
    get_target_property(type ${target} TYPE)
    if(type STREQUAL "EXECUTABLE")
      list(APPEND programs ${target})
    elseif(type MATCHES "^(STATIC|INTERFACE)_LIBRARY$"
           AND NOT target MATCHES "^nodes_")
      string(REGEX REPLACE "^actors_" "" name ${target})
      string(REGEX REPLACE "^nodes$" "standalone" name ${name})
      set_target_properties(${target} PROPERTIES EXPORT_NAME ${name})
      add_library(apogee::${name} ALIAS ${target})
      target_include_directories(${target} INTERFACE
        $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}/apogee>)
      target_compile_features(${target} INTERFACE cxx_std_20)
      list(APPEND exported ${target})
      get_target_property(links ${target} LINK_LIBRARIES)
      list(APPEND all_links ${links})
    endif()
  endforeach()
endforeach()

install(TARGETS ${exported} EXPORT apogeeTargets
        ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR}/apogee
        COMPONENT development)
if(programs)
  install(TARGETS ${programs} RUNTIME COMPONENT programs)
endif()
foreach(folder messages config store actors nodes)
  install(DIRECTORY ${PROJECT_SOURCE_DIR}/${folder}
          DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/apogee COMPONENT development
          FILES_MATCHING PATTERN "*.hpp")
endforeach()
install(DIRECTORY ${PROJECT_BINARY_DIR}/messages
        DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/apogee COMPONENT development
        FILES_MATCHING PATTERN "*.capnp.h" PATTERN CMakeFiles EXCLUDE)
install(FILES config/standalone.ini config/nameserver.ini config/broker.ini
        DESTINATION ${CMAKE_INSTALL_DATADIR}/apogee COMPONENT programs)

# A project that uses the package needs what our libraries link.
set(apogee_dependencies "")
foreach(package spdlog fmt nlohmann_json CLI11)
  if(all_links MATCHES "${package}::")
    string(APPEND apogee_dependencies "find_dependency(${package})\n")
  endif()
endforeach()
foreach(pair LMDB/lmdb ISAL/libisal SYSTEMD/libsystemd)
  string(REPLACE "/" ";" pair ${pair})
  list(GET pair 0 prefix)
  list(GET pair 1 module)
  if(all_links MATCHES "PkgConfig::${prefix}(;|$|>)")
    string(APPEND apogee_dependencies
      "pkg_check_modules(${prefix} REQUIRED IMPORTED_TARGET ${module})\n")
  endif()
endforeach()

set(package_folder ${CMAKE_INSTALL_LIBDIR}/cmake/apogee)
configure_package_config_file(
  ${PROJECT_SOURCE_DIR}/config/cmake/apogeeConfig.cmake.in
  ${PROJECT_BINARY_DIR}/apogeeConfig.cmake
  INSTALL_DESTINATION ${package_folder})
write_basic_package_version_file(${PROJECT_BINARY_DIR}/apogeeConfigVersion.cmake
  COMPATIBILITY SameMinorVersion)
install(FILES
  ${PROJECT_BINARY_DIR}/apogeeConfig.cmake
  ${PROJECT_BINARY_DIR}/apogeeConfigVersion.cmake
  ${PROJECT_SOURCE_DIR}/config/cmake/FindCAF.cmake
  DESTINATION ${package_folder} COMPONENT development)
install(EXPORT apogeeTargets NAMESPACE apogee:: DESTINATION ${package_folder}
        COMPONENT development)
