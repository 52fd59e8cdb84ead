#include <fmt/format.h>

#include "core/error.h"
#include "infer/parse/parser.h"
#include "infer/pose_models.h"
#include "models/checkpoint/checkpoint.h"
#include "models/networks/graphonomy/graphonomy.h"
#include "models/networks/u2net/u2net.h"

namespace closet {

MakeParser make_skin_clothes_hair, make_bodypix, make_graphonomy, make_u2net_cloth;

namespace {

/// BodyPix's file leaves the size open, that of PAN tells its own; each maker knows its outputs.
std::unique_ptr<PersonParser> make_of_onnx(std::string_view name_or_path, const std::string& file,
                                           const InferOptions& options, WorkerPool& workers) {
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

}  // namespace

std::unique_ptr<PersonParser> make_parser_of_file(std::string_view name_or_path,
                                                  const InferOptions& options,
                                                  WorkerPool& workers) {
    const std::string file = model_file(name_or_path).string();
    if (file.ends_with(".onnx")) {
        return make_of_onnx(name_or_path, file, options, workers);
    }
    if (file.ends_with(".tflite")) {
        throw ModelError(fmt::format(
            "{} is no file of a parser: those are .onnx, .pth, .pt or .safetensors", file));
    }
    const auto checkpoint = read_checkpoint(file);
    const StateDict state(checkpoint->tensors());
    if (recognize_u2net(state)) {
        return make_u2net_cloth(name_or_path, options, workers);
    }
    if (recognize_graphonomy(state)) {
        return make_graphonomy(name_or_path, options, workers);
    }
    throw ModelError(fmt::format(
        "{} is no parser that is known (closet models inspect tells what it is): there are "
        "Graphonomy and the cloth variant of U-2-Net",
        file));
}

}  // namespace closet
