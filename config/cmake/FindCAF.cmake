# Debian ships CAF 0.17.6 without a CMake package. Defines CAF::core, CAF::io
# and CAF::openssl.
find_path(CAF_INCLUDE_DIR caf/all.hpp)
set(CAF_libraries)
foreach(part core io openssl)
  find_library(CAF_${part}_LIBRARY caf_${part})
  list(APPEND CAF_libraries CAF_${part}_LIBRARY)
endforeach()
if(CAF_INCLUDE_DIR)
  file(STRINGS ${CAF_INCLUDE_DIR}/caf/config.hpp CAF_line
       REGEX "^#define CAF_VERSION +[0-9]+")
  string(REGEX REPLACE ".*CAF_VERSION +([0-9]+).*" "\\1" CAF_number "${CAF_line}")
  math(EXPR CAF_major "${CAF_number} / 10000")
  math(EXPR CAF_minor "${CAF_number} / 100 % 100")
  math(EXPR CAF_patch "${CAF_number} % 100")
  set(CAF_VERSION ${CAF_major}.${CAF_minor}.${CAF_patch})
endif()
include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(CAF
  REQUIRED_VARS ${CAF_libraries} CAF_INCLUDE_DIR VERSION_VAR CAF_VERSION)
if(CAF_FOUND AND NOT TARGET CAF::core)
  foreach(part core io openssl)
    add_library(CAF::${part} UNKNOWN IMPORTED)
    set_target_properties(CAF::${part} PROPERTIES
      IMPORTED_LOCATION ${CAF_${part}_LIBRARY}
      INTERFACE_INCLUDE_DIRECTORIES ${CAF_INCLUDE_DIR})
  endforeach()
  target_link_libraries(CAF::io INTERFACE CAF::core)
  target_link_libraries(CAF::openssl INTERFACE CAF::io)
endif()
