#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace apogee::cli {

/// Counts values (nanoseconds, say) in buckets that grow with the value, after
/// the idea of Gil Tene's HDR histogram: up to 256 exact, above with 128
/// buckets for each power of two, so that a percentile is at most 0.8 % too
/// high. Fixed memory; recording is a few instructions. Not thread-safe.
class histogram {
public:
  histogram();

  void record(std::uint64_t value);

  /// Adds what another one has counted.
  void merge(const histogram& other);

  std::uint64_t count() const { return count_; }

  /// 0 when nothing was recorded, as the others.
  std::uint64_t min() const { return count_ == 0 ? 0 : min_; }

  std::uint64_t max() const { return max_; }

  double mean() const;

  /// Smallest value (rounded up to its bucket's end) that at least `percent`
  /// of all values do not exceed. 100 gives max().
  std::uint64_t percentile(double percent) const;

private:
  static std::size_t bucket_of(std::uint64_t value);
  static std::uint64_t last_value_of(std::size_t bucket);

  std::vector<std::uint64_t> buckets_;
  std::uint64_t count_ = 0;
  std::uint64_t min_ = 0;
  std::uint64_t max_ = 0;
  double sum_ = 0;
};

} // namespace apogee::cli
