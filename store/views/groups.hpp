#pragma once

#include "messages/errors.hpp"
#include "messages/group_config.hpp"
#include "store/lmdb.hpp"

#include <string_view>
#include <vector>

namespace apogee::store {

/// The view of the groups, by name; the value is the body of their last
/// group_config record.
class groups_view {
public:
  explicit groups_view(lmdb::table groups) : groups_(groups) {}

  result<void> put(lmdb::write_transaction& in, std::string_view name,
                   lmdb::bytes body) const;
  result<void> erase(lmdb::write_transaction& in, std::string_view name) const;
  result<std::vector<group_config>> all(const lmdb::transaction& in) const;

private:
  lmdb::table groups_;
};

} // namespace apogee::store
