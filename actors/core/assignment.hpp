#pragma once

#include <cstddef>
#include <vector>

namespace apogee::core {

/// Shares out the queues of one topic as RocketMQ's default strategy does
/// (AllocateMessageQueueAveragely): each member gets one run of neighbouring
/// queues, the first `queues % members` members one queue more than the others.
///
/// Queues and members stand for positions in their sorted orders (by number,
/// by id). Returns for each queue the member that gets it; empty when there is
/// no member. Another strategy is another function of this shape.
std::vector<std::size_t> averagely(std::size_t queues, std::size_t members);

} // namespace apogee::core
