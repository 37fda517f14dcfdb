#pragma once

#include "messages/errors.hpp"
#include "messages/ids.hpp"
#include "store/lmdb.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace apogee::store {

/// Where an epoch of the log began.
struct epoch_info {
  apogee::epoch epoch;
  log_position start; ///< of its epoch_start record
  std::int64_t start_ms = 0;
  std::string broker;
};

/// The view of the epochs, oldest first.
class epochs_view {
public:
  explicit epochs_view(lmdb::table epochs) : epochs_(epochs) {}

  result<void> put(lmdb::write_transaction& in, const epoch_info& epoch) const;
  result<std::vector<epoch_info>> all(const lmdb::transaction& in) const;

private:
  lmdb::table epochs_;
};

} // namespace apogee::store
