#pragma once

#include "store/file.hpp"

#include <string>
#include <string_view>

namespace apogee::store {

/// Gives a file a new content as a whole: whatever happens it has the old one
/// or the new one, and once this has succeeded it has the new one, also after a
/// loss of power. The file NAME.new is used for it. Blocks; fails as files do.
result<void> replace_file(directory& folder, const std::string& name,
                          std::string_view content);

} // namespace apogee::store
