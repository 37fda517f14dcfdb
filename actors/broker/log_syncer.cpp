#include "actors/broker/log_syncer.hpp"

#include "actors/broker/messages.hpp"
#include "store/log_start.hpp"

#include <filesystem>

namespace apogee::broker {

namespace {

std::uint64_t free_bytes_at(const std::string& folder) {
  std::error_code failed;
  const auto space = std::filesystem::space(folder, failed);
  // What cannot be asked must not stop the broker.
  return failed ? ~std::uint64_t{0} : space.available;
}

} // namespace

caf::behavior log_syncer(caf::event_based_actor* self, caf::actor flush_service,
                         std::string data_folder) {
  self->send(flush_service, syncer_ready{caf::actor{self}});
  return {
    [self, flush_service, data_folder](const flush_order& order) {
      flush_done done{order.job, {}, 0};
      if (auto flushed = order.job->run(); !flushed)
        done.why = flushed.error();
      done.free_bytes = free_bytes_at(data_folder);
      const auto why = done.why;
      self->send(flush_service, std::move(done));
      // Said here as well: should the flush_service end before it hears of it,
      // its successor would flush the same file as if nothing had been lost.
      if (why.code != errc::none)
        self->quit(make_error(errc::storage_failed, to_string(why)));
    },
    [self, flush_service](const removal_order& order) {
      // A file that could not be removed is tried again at the next look.
      if (const auto start =
            store::remove_log_before(*order.log, *order.views, order.keep_from))
        self->send(flush_service, removal_done{*start});
    },
  };
}

} // namespace apogee::broker
