#include <fmt/format.h>

#include "core/error.h"
#include "infer/parse/parser.h"
#include "infer/pose_models.h"

namespace closet {

MakeParser make_skin_clothes_hair, make_bodypix;

std::unique_ptr<PersonParser> make_parser_of_file(std::string_view name_or_path,
                                            const InferOptions& options, WorkerPool& workers) {
    const std::string file = model_file(name_or_path).string();
    if (!file.ends_with(".onnx")) {
        throw ModelError(fmt::format("{} is no file of a parser: those end in .onnx", file));
    }
    // BodyPix' file leaves the size open, that of PAN tells its own; each maker knows its outputs.
    std::string not_bodypix;
    try {
        return make_bodypix(name_or_path, options, workers);
    } catch (const ModelError& error) {
        not_bodypix = error.what();
    }
    try {
        return make_skin_clothes_hair(name_or_path, options, workers);
    } catch (const ModelError& error) {
        throw ModelError(
            fmt::format("{} is no parser that is known: {}; {}", file, not_bodypix, error.what()));
    }
}

}  // namespace closet
