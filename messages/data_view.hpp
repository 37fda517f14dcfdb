#pragma once

#include <capnp/blob.h>

#include <string_view>

namespace apogee {

/// The bytes of a field; they stay the message's.
inline std::string_view view_of(capnp::Data::Reader bytes) {
  return {reinterpret_cast<const char*>(bytes.begin()), bytes.size()};
}

} // namespace apogee
