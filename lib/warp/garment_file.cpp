#include "warp/garment_file.h"

#include <utility>

#include <fmt/format.h>

#include "core/log.h"
#include "warp/prepare_garment.h"

namespace closet {

std::shared_ptr<const Garment> load_garment(const std::filesystem::path& path) {
    Prepared prepared = prepare_garment(path);
    for (const std::string& warning : prepared.warnings) {
        log::warning("the garment {}: {}", path.string(), warning);
    }
    return std::make_shared<const Garment>(std::move(prepared.garment));
}

}  // namespace closet
