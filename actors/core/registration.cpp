#include "actors/core/registration.hpp"

namespace apogee::core {

void registration::start_over() {
  complete_ = true;
  changed_.clear();
}

void registration::change(const std::string& topic) {
  if (!complete_)
    changed_.insert(topic);
}

registration_report registration::next(const registered_topics& topics) {
  registration_report report;
  report.sequence = ++sequence_;
  if (complete_) {
    report.complete = true;
    complete_ = false;
    for (const auto& [name, route] : topics) {
      if (report.changed.size() < topics_per_report_max)
        report.changed.push_back(route);
      else
        changed_.insert(name);
    }
    return report;
  }
  for (std::size_t named = 0;
       named < topics_per_report_max && !changed_.empty(); ++named) {
    auto name = std::move(changed_.extract(changed_.begin()).value());
    if (const auto found = topics.find(name); found != topics.end())
      report.changed.push_back(found->second);
    else
      report.deleted.push_back(std::move(name));
  }
  return report;
}

} // namespace apogee::core
