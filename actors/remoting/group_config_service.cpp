#include "actors/remoting/group_config_service.hpp"

#include "actors/remoting/request_reading.hpp"
#include "messages/names.hpp"
#include "messages/remoting_bodies/group_config.hpp"

#include <caf/typed_response_promise.hpp>

#include <chrono>
#include <string>
#include <utility>

namespace apogee::remoting {

namespace {

constexpr std::chrono::seconds catalog_timeout{20};

using answer_promise = caf::typed_response_promise<service_answer>;

class server {
public:
  server(caf::event_based_actor* self,
         handle_provider<group_catalog_actor> catalog,
         std::shared_ptr<const core::group_table> groups)
    : self_(self), catalog_(std::move(catalog)), groups_(std::move(groups)) {}

  answer_promise serve(const service_request& from) const {
    auto reply = self_->make_response_promise<service_answer>();
    const read_request request{from};
    switch (request.code()) {
    case request_code::update_and_create_subscription_group:
      if (auto group = parse_group_config(request->body))
        update({std::move(*group)}, reply);
      else
        reply.deliver(refusal(group.error()));
      break;
    case request_code::update_and_create_subscription_group_list:
      if (auto groups = parse_group_config_list(request->body))
        update(std::move(*groups), reply);
      else
        reply.deliver(refusal(groups.error()));
      break;
    case request_code::delete_subscription_group:
      remove(*request, reply);
      break;
    case request_code::get_subscription_group_config:
      reply.deliver(show(*request));
      break;
    default:
      reply.deliver(show_all());
    }
    return reply;
  }

private:
  /// One after the other; the first one that is refused ends it.
  void update(std::vector<group_config> groups, answer_promise reply) const {
    if (groups.empty()) {
      reply.deliver(service_answer{});
      return;
    }
    auto next = std::move(groups.back());
    groups.pop_back();
    ask(group_update{std::move(next)}, reply,
        [this, groups = std::move(groups), reply](const group_config&) mutable {
          update(std::move(groups), reply);
        });
  }

  void remove(const command& request, answer_promise reply) const {
    field_reader fields{request};
    const std::string name{fields.text("groupName")};
    const auto cleans_offsets = fields.boolean_or("cleanOffset", false);
    if (auto legal = check_group_name(name); fields.outcome() && !legal)
      reply.deliver(refusal(legal.error()));
    else if (!fields.outcome())
      reply.deliver(refusal(fields.outcome().error()));
    else if (!cleans_offsets && !groups_->find(name))
      reply.deliver(service_answer{}); // it is not there, as was wished
    else
      ask(group_removal{name, !cleans_offsets}, reply,
          [reply](const group_config&) mutable {
            reply.deliver(service_answer{});
          });
  }

  service_answer show(const command& request) const {
    field_reader fields{request};
    const auto name = fields.text("group");
    if (!fields.outcome())
      return refusal(fields.outcome().error());
    const auto group = groups_->find(name);
    if (!group)
      return refusal(response_code::subscription_group_not_exist,
                     "No group in this broker");
    return {response_code::success, {}, {}, write_group_config(*group)};
  }

  service_answer show_all() const {
    std::vector<group_config> all;
    for (const auto& group : groups_->all())
      all.push_back(*group);
    return {response_code::success, {}, {}, write_group_config_table(all, {})};
  }

  template <class Request, class Then>
  void ask(Request what, answer_promise reply, Then then) const {
    const auto catalog = catalog_();
    if (!catalog) {
      reply.deliver(refusal(catalog.error()));
      return;
    }
    self_->request(*catalog, catalog_timeout, std::move(what))
      .then(std::move(then), [reply](const caf::error& error) mutable {
        reply.deliver(refusal(to_failure(error)));
      });
  }

  caf::event_based_actor* self_;
  handle_provider<group_catalog_actor> catalog_;
  std::shared_ptr<const core::group_table> groups_;
};

} // namespace

const std::vector<std::int32_t>& group_config_service_codes() {
  static const std::vector<std::int32_t> codes{
    static_cast<std::int32_t>(
      request_code::update_and_create_subscription_group),
    static_cast<std::int32_t>(
      request_code::update_and_create_subscription_group_list),
    static_cast<std::int32_t>(request_code::delete_subscription_group),
    static_cast<std::int32_t>(request_code::get_subscription_group_config),
    static_cast<std::int32_t>(request_code::get_all_subscription_group_config)};
  return codes;
}

caf::behavior
group_config_service(caf::event_based_actor* self,
                     handle_provider<group_catalog_actor> catalog,
                     std::shared_ptr<const core::group_table> groups) {
  const auto core =
    std::make_shared<server>(self, std::move(catalog), std::move(groups));
  return {
    [core](const service_request& request) { return core->serve(request); }};
}

} // namespace apogee::remoting
