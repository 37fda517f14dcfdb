#pragma once

#include <string>
#include <string_view>

/// Bytes as text.
namespace apogee::cli {

/// True when `bytes` are well-formed UTF-8 as RFC 3629 has it: no surrogates,
/// nothing encoded longer than needed.
bool is_utf8(std::string_view bytes);

/// `bytes` with U+FFFD for each byte that is not part of well-formed UTF-8.
std::string replace_invalid_utf8(std::string_view bytes);

/// RFC 4648, with padding.
std::string to_base64(std::string_view bytes);

} // namespace apogee::cli
