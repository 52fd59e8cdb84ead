#pragma once

#include <string>

namespace closet {

/// Throws ConfigError for a filter graph with a source that opens files.
///
/// Note [Graphs that read files]
/// A graph comes from the user's own hand, so its name is not hostile. The file that `movie` and
/// `amovie` open may be, and they would open it behind the back of Note [Hostile inputs] (playlists
/// that reach for other files or hosts). The file can be named as the input itself.
void check_graph(const std::string& graph);

}  // namespace closet
