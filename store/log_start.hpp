#pragma once

#include "messages/errors.hpp"
#include "messages/ids.hpp"
#include "store/commit_log.hpp"
#include "store/file.hpp"
#include "store/views/views.hpp"

/// What is kept of a log whose first files are deleted. Topics, groups and
/// offsets stand in the log once, and what was deleted with them could not be
/// found again when the views are lost. So the state that the views have is
/// written beside the log, to the file start.bin, before its files go.
namespace apogee::store {

/// Removes the segments of `log` that lie wholly before `position`, after
/// keeping what they tell; returns the new start. May block; one thread at a
/// time. REQUIRES: the views have applied everything before `position`.
result<log_position> remove_log_before(commit_log& log, const views& tables,
                                       log_position position);

/// Fills empty views with what was kept, when the log in `where` does not go
/// back to its first byte; call it before the log is opened. errc::corrupt:
/// that is missing or damaged, and so starting would lose topics and offsets.
result<void> restore_start(directory& where, views& tables);

} // namespace apogee::store
