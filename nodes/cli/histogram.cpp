#include "nodes/cli/histogram.hpp"

#include <algorithm>
#include <bit>
#include <cmath>

namespace apogee::cli {

namespace {

/// Values below 2^(precision_bits + 1) have buckets of their own. Above, a
/// value keeps its highest precision_bits + 1 bits.
constexpr unsigned precision_bits = 7;
constexpr std::size_t buckets_per_power = std::size_t{1} << precision_bits;
constexpr std::size_t bucket_count =
  (64 - precision_bits + 1) * buckets_per_power;

} // namespace

histogram::histogram() : buckets_(bucket_count) {}

std::size_t histogram::bucket_of(std::uint64_t value) {
  const auto width = static_cast<unsigned>(std::bit_width(value));
  if (width <= precision_bits + 1)
    return static_cast<std::size_t>(value);
  const auto shift = width - precision_bits - 1;
  return shift * buckets_per_power + static_cast<std::size_t>(value >> shift);
}

std::uint64_t histogram::last_value_of(std::size_t bucket) {
  if (bucket < 2 * buckets_per_power)
    return bucket;
  const auto shift = bucket / buckets_per_power - 1;
  const std::uint64_t top = bucket - shift * buckets_per_power;
  return ((top + 1) << shift) - 1;
}

void histogram::record(std::uint64_t value) {
  ++buckets_[bucket_of(value)];
  min_ = count_ == 0 ? value : std::min(min_, value);
  max_ = std::max(max_, value);
  sum_ += static_cast<double>(value);
  ++count_;
}

void histogram::merge(const histogram& other) {
  if (other.count_ == 0)
    return;
  for (std::size_t i = 0; i < buckets_.size(); ++i)
    buckets_[i] += other.buckets_[i];
  min_ = count_ == 0 ? other.min_ : std::min(min_, other.min_);
  max_ = std::max(max_, other.max_);
  sum_ += other.sum_;
  count_ += other.count_;
}

double histogram::mean() const {
  return count_ == 0 ? 0 : sum_ / static_cast<double>(count_);
}

std::uint64_t histogram::percentile(double percent) const {
  if (count_ == 0)
    return 0;
  const auto wanted =
    std::clamp<std::uint64_t>(static_cast<std::uint64_t>(std::ceil(
                                percent / 100 * static_cast<double>(count_))),
                              1, count_);
  std::uint64_t seen = 0;
  for (std::size_t i = 0; i < buckets_.size(); ++i) {
    seen += buckets_[i];
    if (seen >= wanted)
      return std::min(last_value_of(i), max_);
  }
  return max_;
}

} // namespace apogee::cli
