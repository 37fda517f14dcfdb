#include "messages/remoting/command.hpp"

namespace apogee::remoting {

std::optional<std::string_view> command::find(std::string_view key) const {
  for (auto i = fields.rbegin(); i != fields.rend(); ++i)
    if (i->key == key)
      return i->value;
  return std::nullopt;
}

} // namespace apogee::remoting
