#pragma once

#include <cstdint>
#include <string>

/// Quantities as people read them.
namespace apogee::cli {

/// "1,234,567".
std::string count_text(std::uint64_t count);

/// "512 B", "1.5 GiB".
std::string size_text(std::uint64_t bytes);

/// "350ms", "12.3s", "5m 07s", "3h 20m", "4d 06h".
std::string duration_text(std::int64_t duration_ms);

/// "850 ns", "91.2 us", "3.41 ms", "1.20 s".
std::string latency_text(std::uint64_t latency_ns);

/// Something per second: "95.3", "4,120", "1,203,000".
std::string rate_text(double per_second);

} // namespace apogee::cli
