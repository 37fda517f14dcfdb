#include "actors/remoting/response_codes.hpp"

namespace apogee::remoting {

response_code code_of(const failure& why) {
  switch (why.code) {
  case errc::none:
    return response_code::success;
  case errc::unknown_topic:
  case errc::no_route:
    return response_code::topic_not_exist;
  case errc::illegal_name:
  case errc::unknown_queue:
  case errc::invalid_argument:
    return response_code::invalid_parameter;
  case errc::message_too_large:
  case errc::malformed:
    return response_code::message_illegal;
  case errc::permission_denied:
    return response_code::no_permission;
  case errc::unknown_group:
    return response_code::subscription_group_not_exist;
  case errc::busy:
    return response_code::system_busy;
  case errc::shutting_down:
  case errc::unreachable:
  case errc::restarting:
  case errc::disk_full:
  case errc::read_only:
  case errc::storage_failed:
    return response_code::service_not_available;
  default:
    return response_code::system_error;
  }
}

} // namespace apogee::remoting
