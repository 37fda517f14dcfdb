#pragma once

#include "messages/ids.hpp"
#include "store/views/views.hpp"

#include <string>
#include <vector>

namespace apogee::store {

struct model_record;

/// A random world also sends to topics that were never created. Views that are
/// filled from the middle of the log do not know of those.
enum class compared_topics { all, live };

/// What is wrong with views that should have applied the records of `model`
/// before `end`, in a log that is kept from `start`; nothing when all is well.
std::string view_defect(const views& found,
                        const std::vector<model_record>& model,
                        log_position start, log_position end,
                        compared_topics which = compared_topics::all);

/// All tables of the environment in a folder that is not open, as text.
std::string dump(const std::string& folder);

} // namespace apogee::store
