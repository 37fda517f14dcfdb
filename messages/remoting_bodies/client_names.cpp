#include "messages/remoting_bodies/client_names.hpp"

namespace apogee::remoting {

std::string_view language_name(std::uint8_t code) {
  constexpr std::array<std::string_view, 13> names{
    "JAVA",  "CPP",  "DOTNET", "PYTHON", "DELPHI", "ERLANG", "RUBY",
    "OTHER", "HTTP", "GO",     "PHP",    "OMS",    "RUST"};
  constexpr std::size_t other = 7;
  return code < names.size() ? names[code] : names[other];
}

} // namespace apogee::remoting
