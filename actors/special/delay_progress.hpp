#pragma once

#include "messages/errors.hpp"
#include "messages/ids.hpp"

#include <map>

namespace apogee::store {
class views;
}

namespace apogee::special {

/// How far each level has come, as the views have it.
result<std::map<queue_id, queue_offset>>
load_delay_progress(const store::views& views);

} // namespace apogee::special
