#pragma once

#include <chrono>
#include <cstdint>

/// What the settings of all sections are described with.
namespace apogee::config {

using std::chrono::milliseconds;

/// Legal values, both ends included. Sizes are bytes.
template <class T>
struct bounds {
  T low;
  T high;
};

/// What a text, or each text of a list, has to be.
enum class text_rule {
  any,
  filled,        ///< not empty
  name,          ///< letters, digits, '-', '_' and '.'
  host_and_port, ///< HOST:PORT
  advertised     ///< "auto", HOST or HOST:PORT
};

inline constexpr std::uint64_t kib = 1024;
inline constexpr std::uint64_t mib = 1024 * kib;
inline constexpr std::uint64_t gib = 1024 * mib;

} // namespace apogee::config
