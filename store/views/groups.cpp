#include "store/views/groups.hpp"

#include "store/views/record_body.hpp"

namespace apogee::store {

namespace {

lmdb::bytes key_of(std::string_view name) {
  return std::as_bytes(std::span{name.data(), name.size()});
}

} // namespace

result<void> groups_view::put(lmdb::write_transaction& in,
                              std::string_view name, lmdb::bytes body) const {
  return in.put(groups_, key_of(name), body);
}

result<void> groups_view::erase(lmdb::write_transaction& in,
                                std::string_view name) const {
  return in.erase(groups_, key_of(name));
}

result<std::vector<group_config>>
groups_view::all(const lmdb::transaction& in) const {
  std::vector<group_config> out;
  auto at = in.open_cursor(groups_);
  if (!at)
    return at.error();
  for (auto found = at->first();; found = at->next()) {
    if (!found)
      return found.error();
    if (!*found)
      return out;
    auto config =
      read_body<schema::GroupConfig>((*found)->value, decode_group_config);
    if (!config)
      return config.error();
    out.push_back(std::move(*config));
  }
}

} // namespace apogee::store
