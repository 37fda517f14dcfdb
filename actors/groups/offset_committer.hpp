#pragma once

#include "actors/answer.hpp"
#include "actors/core/committed_offsets.hpp"
#include "actors/handle_provider.hpp"
#include "actors/protocol.hpp"

#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace apogee::groups {

using commit_atom = caf::atom_constant<caf::atom("commit")>;

/// commit_atom with a group records at once what is dirty in it; the answer, a
/// position behind it, comes when it is in the log. To commit_atom alone it
/// looks at all groups; it sends that to itself.
using offset_committer_actor = caf::typed_actor<
  caf::reacts_to<commit_atom>,
  caf::replies_to<commit_atom, std::string>::with<log_position>>;

struct offset_committer_options {
  std::shared_ptr<core::offset_table> offsets;
  handle_provider<log_service_actor> log;
  std::chrono::milliseconds interval{500};
};

/// Writes the groups' offsets to the log: what was set within `interval` in one
/// record for each group. What cannot be written stays dirty and is tried
/// again. Whoever waits for a commit waits until it succeeds. Writes what is
/// dirty when it is told to end.
class offset_committer_state {
public:
  static inline const char* name = "offset_committer";

  explicit offset_committer_state(offset_committer_actor::pointer self)
    : self_(self) {}

  /// REQUIRES: called once, before all others.
  void open(offset_committer_options options);

  caf::result<log_position> commit(const std::string& group);
  void commit_all();

private:
  /// Somebody who waits for record number `round` of a group.
  struct waiting {
    std::uint64_t round = 0;
    answer reply;
  };

  struct group_entry {
    std::uint64_t round = 0; // the last one sent to the log
    bool is_running = false; // … and not answered yet
    std::vector<waiting> waits;
  };

  void write(const std::string& group, group_entry& entry);
  void finished(const std::string& group, const result<log_position>& written);

  offset_committer_actor::pointer self_;
  offset_committer_options options_;
  std::map<std::string, group_entry> groups_; // with something to be done
};

/// Spawn it as any scheduled actor.
offset_committer_actor::behavior_type offset_committer(
  offset_committer_actor::stateful_pointer<offset_committer_state> self,
  offset_committer_options options);

} // namespace apogee::groups
