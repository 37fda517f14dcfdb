#pragma once

#include "actors/supervision/supervision_log.hpp"
#include "actors/supervision/supervisor.hpp"

#include <caf/event_based_actor.hpp>
#include <caf/system_messages.hpp>

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

namespace apogee::supervision {

/// From a supervisor to itself.
using supervisor_tick_atom = caf::atom_constant<caf::atom("superTick")>;

/// What differs between the root and a supervisor below another one.
struct supervisor_place {
  bool is_root = false;
  /// Called when all children run for the first time.
  std::function<void(caf::event_based_actor*)> on_ready;
};

/// The inside of a supervisor. Each child has a phase; whatever happens only
/// changes phases, and reconcile() then does the next step towards "all
/// children run" or, once the supervisor is ending, "none does".
class supervisor_state {
public:
  static inline const char* name = "supervisor";

  explicit supervisor_state(caf::event_based_actor* self) : self_(self) {}

  /// Children do not outlive their supervisor, however it ends.
  ~supervisor_state();

  /// REQUIRES: called once, before all others; then on_tick() starts it.
  void open(tree_context tree, supervisor_spec spec, std::string path,
            supervisor_place place);

  // -- what the actor hears -------------------------------------------------

  result<caf::actor> start_dynamic(child_spec spec);

  void on_down(const caf::down_msg& down);

  void on_exit_request(const caf::exit_msg& exit);

  void on_ready(caf::actor_id sender);

  /// Looks for waits that are over.
  void on_tick();

private:
  static inline const std::string hangs_text =
    "it hangs: it does not end when it is killed";

  using time_point = core::restart_policy::time_point;

  enum class phase : std::uint8_t {
    down,     ///< to be started, at start_at or later
    starting, ///< made, not ready; until deadline
    running,
    stopping, ///< told to end, or dead with descendants alive; until deadline
    done,     ///< ended for good
  };

  struct child {
    child_spec spec;
    std::string path;
    std::size_t place = 0; // in statics_
    bool is_dynamic = false;
    phase stage = phase::down;
    caf::actor handle; // null when it has ended
    /// Descendants of a supervisor that failed, which have not ended yet.
    std::unordered_map<caf::actor_id, caf::actor> orphans;
    time_point start_at{};
    std::optional<time_point> deadline;
    bool was_started = false; // the next start is a restart
    bool stop_wanted = false;
    bool told = false; // stopping because it was told to
    bool killed = false;
    bool finished = false; // when it is down, it is done
  };

  // -- failures -------------------------------------------------------------

  /// A child that was to run has ended.
  void ended(child& c, const failure& why, bool failed);
  void restart(child& c, const failure& why,
               const core::restart_decision& decision);
  void forget(child& c, const failure& why, bool failed);
  void remove_dynamic(child& c);
  /// Has all children stopped, to fail with `why` afterwards.
  void escalate(failure why);
  /// Escalates when a restart does not repair `why`; false when it may.
  bool escalate_if_fatal(const child& c, const failure& why);
  void orphan_ended(child& c, const failure& why);

  // -- steps ----------------------------------------------------------------

  void reconcile();
  bool stop_next();
  bool start_next();
  void start(child& c);
  void set_running(child& c);
  void begin_stop(child& c);
  void finish_stop(child& c, const failure& why);
  bool stop_dynamics();
  void stop_all();
  void wait_for_orphans(child& c);
  void became_late(child& c, time_point now);
  void dynamics_became_late(time_point now);
  void leave_behind(child& c);

  // -- small things ---------------------------------------------------------

  result<caf::actor> make(const child& c);
  void watch(child& c, caf::actor handle);
  bool is_fatal(errc code) const;
  static bool is_legal_name(const std::string& name);
  static failure with_origin(const child& c, const failure& why);
  time_point clock_now() const;
  void wake_at(time_point when);
  void log(event_kind kind, const std::string& path, std::string reason,
           std::string decision);

  caf::event_based_actor* self_;
  tree_context tree_;
  std::vector<errc> fatal_;
  std::string path_;
  supervisor_place place_;
  bool was_ready_ = false;
  std::optional<core::restart_policy> policy_;
  std::vector<std::unique_ptr<child>> statics_;
  std::unordered_map<std::string, std::unique_ptr<child>> dynamics_; // by name
  std::unordered_map<caf::actor_id, child*> by_id_; // and their orphans
  /// Set when the supervisor is ending; errc::none when it was told to.
  std::optional<failure> ending_;
  bool stop_dynamics_wanted_ = false;
  std::optional<time_point> dynamics_deadline_;
  bool dynamics_killed_ = false;
  std::optional<time_point> next_wake_;
};

} // namespace apogee::supervision
