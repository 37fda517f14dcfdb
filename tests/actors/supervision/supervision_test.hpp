#pragma once

#include "actors/supervision/supervision_log.hpp"
#include "actors/supervision/supervisor.hpp"
#include "tests/support/actor_test.hpp"

#include <caf/event_based_actor.hpp>
#include <caf/exit_reason.hpp>
#include <caf/send.hpp>

#include <future>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace apogee::supervision {

/// A tree of workers that fail as they are told, in virtual time. The tree
/// under test has the path "node".
class supervision_test : public actor_test {
protected:
  using names = std::vector<std::string>;

  ~supervision_test() override {
    if (root)
      caf::anon_send_exit(root, caf::exit_reason::kill);
    run();
    advance(milliseconds{60'000});
  }

  /// "boom" throws, "lost" ends with errc::storage_failed, "done" ends in
  /// order.
  static void obey(caf::event_based_actor* worker, const std::string& order) {
    if (order == "boom")
      throw std::runtime_error("boom");
    if (order == "lost")
      worker->quit(make_error(errc::storage_failed, "fsync failed"));
    if (order == "done")
      worker->quit();
  }

  child_spec worker(const std::string& name,
                    child_kind kind = child_kind::permanent) {
    child_spec spec;
    spec.name = name;
    spec.kind = kind;
    spec.factory = [this](const start_context& context) -> result<caf::actor> {
      started.push_back(short_name(context.path));
      if (auto it = refusals.find(context.path); it != refusals.end())
        return it->second;
      auto made = sys.spawn([](caf::event_based_actor* me) -> caf::behavior {
        explain_crashes(me);
        return {[me](const std::string& order) { obey(me, order); }};
      });
      made->attach_functor(
        [this, path = context.path] { ended.push_back(short_name(path)); });
      return made;
    };
    return spec;
  }

  /// A worker that does not care for exit messages: only a kill ends it.
  child_spec stubborn_worker(const std::string& name) {
    auto spec = worker(name);
    spec.factory = [this](const start_context& context) -> result<caf::actor> {
      started.push_back(short_name(context.path));
      auto made = sys.spawn([](caf::event_based_actor* me) -> caf::behavior {
        me->set_exit_handler([](caf::exit_msg&) {});
        return {[me](const std::string& order) { obey(me, order); }};
      });
      made->attach_functor(
        [this, path = context.path] { ended.push_back(short_name(path)); });
      return made;
    };
    return spec;
  }

  /// A worker that loses what it has to write last when it is told to end.
  child_spec losing_worker(const std::string& name) {
    auto spec = worker(name);
    spec.factory = [this](const start_context& context) -> result<caf::actor> {
      started.push_back(short_name(context.path));
      return sys.spawn([](caf::event_based_actor* me) -> caf::behavior {
        me->set_exit_handler([me](caf::exit_msg&) {
          me->quit(make_error(errc::storage_failed, "last flush failed"));
        });
        return {[me](const std::string& order) { obey(me, order); }};
      });
    };
    return spec;
  }

  /// A worker with a thread of its own that hangs, whatever it is told, until
  /// the test lets it go.
  child_spec hanging_worker(const std::string& name) {
    auto spec = worker(name);
    spec.factory = [this](const start_context& context) -> result<caf::actor> {
      started.push_back(short_name(context.path));
      auto made = sys.spawn<caf::detached>(
        [let_go = let_go.get_future().share(),
         hangs = &hangs](caf::event_based_actor*) -> caf::behavior {
          hangs->set_value();
          let_go.wait();
          return {[](const std::string&) {}};
        });
      hangs.get_future().wait();
      return made;
    };
    return spec;
  }

  /// A worker that is ready when it gets the order "ready".
  child_spec slow_worker(const std::string& name) {
    auto spec = worker(name);
    spec.ready = ready_when::reported;
    spec.factory = [this](const start_context& context) -> result<caf::actor> {
      started.push_back(short_name(context.path));
      slow = sys.spawn(
        [](caf::event_based_actor* me,
           const start_context& mine) -> caf::behavior {
          return {[me, mine](const std::string&) { report_ready(me, mine); }};
        },
        context);
      return slow;
    };
    return spec;
  }

  supervisor_spec tree_of(restart_strategy strategy,
                          std::vector<child_spec> children,
                          const std::string& name = "node") {
    supervisor_spec spec;
    spec.name = name;
    spec.strategy = strategy;
    spec.children = std::move(children);
    return spec;
  }

  void start(supervisor_spec spec) {
    root = spawn_root(sys, tree, std::move(spec), [this] { is_ready = true; });
    root->attach_functor(
      [this](const caf::error& reason) { root_end = reason; });
    run();
  }

  caf::actor actor_at(const std::string& path) {
    auto found = tree.actors->find(path);
    EXPECT_TRUE(found.has_value()) << path;
    return found ? *found : caf::actor{};
  }

  void order(const std::string& path, const std::string& what) {
    caf::anon_send(actor_at(path), what);
    run();
  }

  void boom(const std::string& path) { order(path, "boom"); }

  /// Reason of an exit message that makes an actor fail.
  static caf::error drill() {
    return make_error(errc::crashed, "made to fail by a drill");
  }

  errc state_of(const std::string& path) const {
    auto found = tree.actors->find(path);
    return found ? errc::none : found.error().code;
  }

  /// "crash node/a" for each event since the last call.
  names events() {
    names out;
    for (const auto& each : tree.log->events(last_seen, 1000)) {
      out.push_back(std::string{to_string(each.kind)} + " " + each.path);
      last_seen = each.sequence;
    }
    return out;
  }

  supervision_event last_event(event_kind kind) const {
    supervision_event out;
    for (const auto& each : tree.log->events(0, 1000))
      if (each.kind == kind)
        out = each;
    return out;
  }

  static std::string short_name(const std::string& path) {
    return path.substr(path.rfind('/') + 1);
  }

  tree_context tree{std::make_shared<directory>(
                      std::map<std::string, std::string>{{"first", "node/a"}}),
                    std::make_shared<supervision_log>(supervision_log_options{
                      "n1", "", 0, 0, false, 1000, [] { return 0; }}),
                    restart_limits{}};
  caf::actor root;
  caf::actor slow;
  names started; // by a factory, in this order
  names ended;
  std::map<std::string, failure> refusals; // path → what its factory says
  std::promise<void> hangs;
  std::promise<void> let_go;
  bool is_ready = false;
  std::optional<caf::error> root_end;
  std::uint64_t last_seen = 0;
};

} // namespace apogee::supervision
