#include "actors/special/delay_progress.hpp"

#include "actors/special/delay_service.hpp"
#include "store/views/views.hpp"

namespace apogee::special {

result<std::map<queue_id, queue_offset>>
load_delay_progress(const store::views& views) {
  const auto kept = views.group_offsets(delay_group);
  if (!kept)
    return kept.error();
  std::map<queue_id, queue_offset> out;
  for (const auto& one : *kept)
    out.emplace(one.queue, one.offset);
  return out;
}

} // namespace apogee::special
