#include "actors/supervision/child_spec.hpp"

#include <caf/exit_reason.hpp>
#include <caf/send.hpp>

#include <exception>

namespace apogee::supervision {

std::vector<errc> default_fatal_failures() {
  return {errc::storage_failed, errc::read_only, errc::corrupt,
          errc::in_use,         errc::disk_full, errc::invalid_config,
          errc::gave_up};
}

void report_ready(caf::scheduled_actor* self, const start_context& context) {
  caf::unsafe_send_as(self, context.supervisor, child_ready_atom::value);
}

void explain_crashes(caf::scheduled_actor* self) {
  self->set_exception_handler([](std::exception_ptr& thrown) -> caf::error {
    try {
      std::rethrow_exception(thrown);
    } catch (const std::exception& e) {
      return make_error(errc::crashed, e.what());
    } catch (...) {
      return make_error(errc::crashed, "an exception of unknown type");
    }
  });
}

bool is_orderly(const caf::error& reason) {
  if (!reason || reason == caf::exit_reason::user_shutdown)
    return true;
  if (reason.category() != error_category)
    return false;
  const auto code = static_cast<errc>(reason.code());
  return code == errc::closed || code == errc::shutting_down;
}

} // namespace apogee::supervision
