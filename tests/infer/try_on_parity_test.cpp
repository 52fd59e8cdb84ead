// The networks of CP-VTON and VITON-HD against their public code: every value that the reference
// data stores. Tolerances: see Comparison.
#include "support/doctest_with_torch.h"

#include <string>
#include <vector>

#include <c10/core/InferenceMode.h>

#include "infer/try_on/cp_vton_input.h"
#include "infer/try_on/picture_tensors.h"
#include "infer/try_on/thin_plate.h"
#include "infer/try_on/viton_hd_input.h"
#include "models/functional/try_on.h"
#include "models/networks/load_as.h"
#include "try_on_fixture.h"

using namespace closet;
using test::every, test::formula, test::stored_picture;

namespace {

const c10::Device kCpu(c10::kCPU);

/// Its weights, whose keys must be complete.
template <class Architecture>
Tensors weights_of(const Checkpoint& checkpoint, const Architecture& architecture) {
    LoadedWeights loaded = load_weights(describe(architecture), StateDict(checkpoint.tensors()),
                                        checkpoint.path().string(), /*allow_partial=*/false);
    CHECK(loaded.keys.complete());
    return Tensors(std::move(loaded), kCpu, at::kFloat, Convolutions::kOwn);
}

/// A comparison with the values of one model, whose errors stand under "fp32_error".
struct Reference {
    explicit Reference(const std::string& model)
        : facts(test::try_on_facts(model)),
          comparison(test::try_on_tensors(model + "_expected"), facts) {}

    /// `times`: beyond the usual tolerance.
    void check(const std::string& name, const at::Tensor& ours, double times = 1) {
        comparison.check(name, ours, times * facts.at("fp32_error").at(name).get<double>());
    }
    void check_means(const std::string& name, const at::Tensor& value, bool deviation) {
        check(name + "_chmean", value.mean({2, 3}));
        if (deviation) {
            check(name + "_chstd", value.std(c10::IntArrayRef{2, 3}, false));
        }
    }
    /// All of them were compared.
    void finish() const { CHECK(comparison.compared() == comparison.expected().size()); }

    nlohmann::json facts;
    test::Comparison comparison;
};

std::unique_ptr<Checkpoint> recipe(const std::string& model) {
    return std::make_unique<test::MemoryCheckpoint>(
        test::formula_checkpoint(*test::try_on_folder() / ("recipe_" + model + ".json")));
}

std::shared_ptr<const Checkpoint> micro(const std::string& file) {
    return read_checkpoint(*test::try_on_folder() / file);
}

at::Tensor twos(const at::Tensor& a, const at::Tensor& b) {
    return at::cat({a, b.unsqueeze(0)});
}

/// Person and garment of CP-VTON: a real one and one by formula.
struct CpVtonInput {
    at::Tensor person, garment;
    cv::Mat mask;

    CpVtonInput() {
        const auto input = test::try_on_tensors("cpvton_gmm_input");
        const auto planes =
            cp_vton_person(stored_picture(input.at("image_rgb_u8")),
                           stored_picture(input.at("parse_u8")), test::cp_vton_points());
        person = twos(planes_tensor(planes), formula("input.agnostic", {22, 256, 192}));
        garment = twos(picture_tensor(stored_picture(input.at("cloth_rgb_u8"))),
                       formula("input.cloth", {3, 256, 192}));
        mask = stored_picture(input.at("cloth_mask_u8"));
    }
};

GeometricMatching matching_of(const Checkpoint& checkpoint) {
    return recognize_as(checkpoint, "geometric matching network", recognize_geometric_matching);
}

std::vector<float> numbers(const at::Tensor& tensor) {
    const at::Tensor whole = tensor.contiguous();
    return {whole.data_ptr<float>(), whole.data_ptr<float>() + whole.numel()};
}

/// Three pictures at once give what each alone gives, up to the order of sums.
void check_rows(const at::Tensor& together, const std::vector<at::Tensor>& alone) {
    for (std::size_t i = 0; i < alone.size(); ++i) {
        constexpr double kTolerance = 1e-5;
        CHECK(test::worst(together[static_cast<std::int64_t>(i)], alone[i][0]) < kTolerance);
    }
}

at::Tensor three(const at::Tensor& two) {
    return at::cat({two, two.narrow(0, 0, 1).flip({3})});
}

void check_inverse(Reference& reference, const ThinPlate& plate) {
    const cv::Mat& inverted = plate.inverted();
    reference.check("tps_Li", at::from_blob(inverted.data, {28, 28}, at::kDouble).to(at::kFloat));
}

/// VITON-HD's person, garment and pose at 768 x 1024.
struct VitonHdInput {
    at::Tensor photo, pose, cloth, mask;
    cv::Mat labels, agnostic_labels;

    VitonHdInput() {
        const auto media = *test::shared_file("media");
        cv::Mat person = test::rgb_of_file(media / "people/person_00055.jpg");
        person.setTo(cv::Scalar::all(128), test::map_of_file("vitonhd_img_agnostic_grey.png") > 0);
        photo = picture_tensor(person);
        pose = picture_tensor(
            test::rgb_of_file(*test::try_on_folder() / "person_00055_pose_synthetic.png"));
        cloth = picture_tensor(test::rgb_of_file(media / "garments/garment_00055.jpg"));
        mask = mask_tensor(test::map_of_file("garment_00055_mask.png"));
        labels = test::map_of_file("person_00055_parse_synthetic.png");
        agnostic_labels = test::map_of_file("vitonhd_parse_agnostic.png");
    }
};

at::Tensor one_hot(const cv::Mat& map, std::int64_t count) {
    return at::one_hot(map_tensor(map), count).permute({0, 3, 1, 2}).to(at::kFloat);
}

/// What ALIAS sees, at a third of its size.
AliasInput alias_input() {
    const auto input = test::try_on_tensors("vitonhd_alias_input");
    const at::Tensor bytes = test::to_tensor(input.at("input_u8")).to(at::kFloat);
    AliasInput result;
    result.picture = ((bytes / 255 - 0.5F) / 0.5F).unsqueeze(0);
    result.segments = one_hot(stored_picture(input.at("label7_u8")), 7);
    const at::Tensor mask = test::to_tensor(input.at("warped_mask_u8")).to(at::kFloat) / 255;
    result.misaligned = (result.segments.slice(1, 2, 3) - mask).clamp_min(0);
    return result;
}

at::Tensor formula_noise(const std::string& name, at::IntArrayRef shape) {
    return formula(name + ".noise", shape.vec(), 2);
}

at::Tensor no_noise(const std::string&, at::IntArrayRef) {
    return {};
}

}  // namespace

TEST_CASE("CP-VTON's geometric matching gives the reference's plate and warped garment") {
    if (!test::try_on_folder()) {
        return;
    }
    const c10::InferenceMode inference;
    Reference reference("cpvton_gmm");
    const CpVtonInput input;
    const auto checkpoint = recipe("cpvton_gmm");
    const GeometricMatching architecture = matching_of(*checkpoint);
    CHECK(describe(architecture).text == "cp-vton-gmm 256x192, 25 points");
    Taps taps;
    const at::Tensor theta = match_geometry(weights_of(*checkpoint, architecture), architecture,
                                            input.person, input.garment, &taps);
    reference.check("theta", theta);
    const ThinPlate plate(1);
    check_inverse(reference, plate);
    std::vector<at::Tensor> grids;
    for (std::int64_t i = 0; i < 2; ++i) {
        grids.push_back(grid_tensor(plate.grid(numbers(theta[i]), {192, 256})));
    }
    reference.check("grid_slice", at::cat(grids).slice(1, 0, {}, 4).slice(2, 0, {}, 4));
    reference.check("correlation_slice", every(taps.at("correlation"), 8, 1));
    reference.check("regression_conv", taps.at("regression_conv"));
    reference.check("featureA_l2_slice", every(taps.at("featureA_l2"), 8, 1));
    reference.check("featureB_l2_slice", every(taps.at("featureB_l2"), 8, 1));
    for (const char* const branch : {"extractionA", "extractionB"}) {
        for (const char* const stage : {"_s1", "_s2", "_s3", "_s4", "_feat"}) {
            reference.check_means(std::string(branch) + stage, taps.at(std::string(branch) + stage),
                                  true);
        }
    }
    for (const bool corners : {true, false}) {
        const std::string end = corners ? "_ac1_slice" : "_ac0_slice";
        reference.check("warped_cloth" + end, every(warped(input.garment.slice(0, 0, 1), grids[0],
                                                           GridBorder::kEdge, corners),
                                                    1, 2));
        reference.check(
            "warped_mask" + end,
            every(warped(mask_tensor(input.mask), grids[0], GridBorder::kZero, corners), 1, 2));
    }
    reference.finish();
}

TEST_CASE("the published layout of CP-VTON's geometric matching loads, alone and in a batch") {
    if (!test::try_on_folder()) {
        return;
    }
    const c10::InferenceMode inference;
    Reference reference("cpvton_gmm_micro");
    const CpVtonInput input;
    const auto checkpoint = micro("cpvton_gmm_micro_published_legacy.pth");
    const GeometricMatching architecture = matching_of(*checkpoint);
    CHECK(describe(architecture).text == "cp-vton-gmm of other widths 256x192, 25 points");
    const Tensors weights = weights_of(*checkpoint, architecture);
    reference.check("theta", match_geometry(weights, architecture, input.person, input.garment));
    const at::Tensor persons = three(input.person), garments = three(input.garment);
    std::vector<at::Tensor> alone;
    for (std::int64_t i = 0; i < 3; ++i) {
        alone.push_back(match_geometry(weights, architecture, persons.narrow(0, i, 1),
                                       garments.narrow(0, i, 1)));
    }
    check_rows(match_geometry(weights, architecture, persons, garments), alone);
    reference.finish();
}

TEST_CASE("CP-VTON's try-on module gives the reference's picture and mask") {
    if (!test::try_on_folder()) {
        return;
    }
    const c10::InferenceMode inference;
    const CpVtonInput input;
    const auto stored = test::try_on_tensors("cpvton_tom_input");
    const at::Tensor cloth = twos(picture_tensor(stored_picture(stored.at("warped_cloth_rgb_u8"))),
                                  formula("input.cloth", {3, 256, 192}));
    for (const bool is_micro : {false, true}) {
        CAPTURE(is_micro);
        const std::string model = is_micro ? "cpvton_tom_micro" : "cpvton_tom";
        Reference reference(model);
        const std::shared_ptr<const Checkpoint> checkpoint =
            is_micro ? micro("cpvton_tom_micro_published_legacy.pth") : recipe(model);
        const auto architecture =
            recognize_as(*checkpoint, "try-on module", recognize_try_on_module);
        CHECK(describe(architecture).text == (is_micro
                                                  ? "cp-vton-tom of other widths 256x192, 4 planes"
                                                  : "cp-vton-tom 256x192, 4 planes"));
        const Tensors weights = weights_of(*checkpoint, architecture);
        Taps taps;
        const TriedOn tried = try_on(weights, input.person, cloth, &taps);
        const at::Tensor picture = cloth * tried.mask + tried.rendered * (1 - tried.mask);
        Taps values{{"output_slice", every(taps.at("output"), 1, 4)},
                    {"rendered_slice", every(tried.rendered, 1, 4)},
                    {"mask_slice", every(tried.mask, 1, 4)},
                    {"tryon_slice", every(picture, 1, 4)},
                    {"mask_rowmean", tried.mask.mean(3)},
                    {"tryon_rowmean", picture.mean(3)},
                    {"down6", taps.at("down6")},
                    {"up6_slice", every(taps.at("up6"), 8, 1)},
                    {"up3_slice", every(taps.at("up3"), 8, 4)},
                    {"up2_slice", every(taps.at("up2"), 8, 8)}};
        for (const auto& [name, value] : taps) {
            values.insert_or_assign(name + "_chabsmean", value.abs().mean({2, 3}));
        }
        // Of the narrow network fewer values are stored.
        for (const auto& [name, value] : values) {
            if (reference.comparison.expected().contains(name)) {
                reference.check(name, value);
            }
        }
        reference.finish();
        if (is_micro) {
            const at::Tensor persons = three(input.person), cloths = three(cloth);
            std::vector<at::Tensor> alone;
            for (std::int64_t i = 0; i < 3; ++i) {
                alone.push_back(
                    try_on(weights, persons.narrow(0, i, 1), cloths.narrow(0, i, 1)).rendered);
            }
            check_rows(try_on(weights, persons, cloths).rendered, alone);
        }
    }
}

TEST_CASE("VITON-HD's segmentation gives the reference's probabilities and labels") {
    if (!test::try_on_folder() || !test::shared_file("media")) {
        return;
    }
    const c10::InferenceMode inference;
    const VitonHdInput input;
    const auto small = [](const at::Tensor& x) {
        return at::upsample_bilinear2d(x, {256, 192}, false);
    };
    const at::Tensor noise = (formula("noise.seg", {1, 1, 256, 192}, 256) >= 175).to(at::kFloat);
    const at::Tensor real =
        at::cat({small(input.mask), small(input.cloth * input.mask),
                 small(one_hot(through(kClassOfLabel, input.agnostic_labels), 13)),
                 small(input.pose), noise},
                1);
    const at::Tensor both = at::cat({real, formula("input.seg", {1, 21, 256, 192})});
    {
        Reference reference("vitonhd_seg");
        const auto checkpoint = recipe("vitonhd_seg");
        const auto architecture =
            recognize_as(*checkpoint, "segmentation", recognize_seg_generator);
        CHECK(describe(architecture).text == "viton-hd-seg 256x192, 13 classes");
        Taps taps;
        const at::Tensor probability =
            segment_try_on(weights_of(*checkpoint, architecture), both, &taps);
        reference.check("seg_input_slice", every(real, 1, 8));
        reference.check("probability_slice", every(probability, 1, 4));
        reference.check("probability_chmean", probability.mean({2, 3}));
        reference.check("conv5_slice", every(taps.at("conv5"), 16, 1));
        reference.check("conv7_slice", every(taps.at("conv7"), 16, 4));
        reference.check("logit_slice", every(taps.at("logit"), 1, 8));
        for (const auto& [name, value] : taps) {
            if (reference.comparison.expected().contains(name + "_chmean")) {
                reference.check_means(name, value, false);
            }
        }
        const at::Tensor large =
            at::upsample_bilinear2d(probability.slice(0, 0, 1), {1024, 768}, false);
        const at::Tensor soft = blurred(large, 15, 3);
        reference.check("blurred_slice", every(soft, 1, 32));
        reference.finish();
        const at::Tensor labels = soft.argmax(1);
        const at::Tensor stored = map_tensor(test::map_of_file("vitonhd_seg_labels13.png"));
        const auto close = reference.facts.at("pixels_with_margin_below_1e-5").get<std::int64_t>();
        CHECK((labels != stored).sum().item<std::int64_t>() <= 20 + 2 * close);
    }
    Reference reference("vitonhd_seg_micro");
    const auto checkpoint = micro("vitonhd_seg_micro_published_zip.pth");
    const auto architecture = recognize_as(*checkpoint, "segmentation", recognize_seg_generator);
    const Tensors weights = weights_of(*checkpoint, architecture);
    reference.check("probability_slice", every(segment_try_on(weights, both), 1, 4));
    reference.finish();
    const at::Tensor batch = three(both);
    std::vector<at::Tensor> alone;
    for (std::int64_t i = 0; i < 3; ++i) {
        alone.push_back(segment_try_on(weights, batch.narrow(0, i, 1)));
    }
    // Normalization over few pixels of nearly one value multiplies rounding.
    const at::Tensor together = segment_try_on(weights, batch);
    for (std::int64_t i = 0; i < 3; ++i) {
        CHECK(test::worst(together[i], alone[static_cast<std::size_t>(i)][0]) < 3e-4);
    }
}

TEST_CASE("VITON-HD's geometric matching gives the reference's plate and what is misaligned") {
    if (!test::try_on_folder() || !test::shared_file("media")) {
        return;
    }
    const c10::InferenceMode inference;
    const VitonHdInput input;
    const at::Tensor segments =
        one_hot(through(kSegmentOfClass, through(kClassOfLabel, input.labels)), 7);
    const at::Tensor wanted = segments.slice(1, kGarmentSegment, kGarmentSegment + 1);
    const auto small = [](const at::Tensor& x) { return at::upsample_nearest2d(x, {256, 192}); };
    const at::Tensor person = at::cat({small(wanted), small(input.pose), small(input.photo)}, 1);
    const at::Tensor persons = at::cat({person, formula("input.gmm", {1, 7, 256, 192})});
    const at::Tensor cloths =
        at::cat({small(input.cloth), formula("input.cloth", {1, 3, 256, 192})});

    Reference reference("vitonhd_gmm");
    const auto checkpoint = recipe("vitonhd_gmm");
    const GeometricMatching architecture = matching_of(*checkpoint);
    CHECK(describe(architecture).text == "viton-hd-gmm 256x192, 25 points");
    Taps taps;
    const at::Tensor theta =
        match_geometry(weights_of(*checkpoint, architecture), architecture, persons, cloths, &taps);
    const ThinPlate plate(0.9);
    check_inverse(reference, plate);
    const at::Tensor grid = grid_tensor(plate.grid(numbers(theta[0]), {768, 1024}));
    const at::Tensor mask = warped(input.mask, grid, GridBorder::kEdge, false);
    reference.check("theta", theta);
    reference.check("grid_slice", grid.slice(1, 0, {}, 32).slice(2, 0, {}, 32));
    reference.check("correlation_slice", every(taps.at("correlation"), 8, 1));
    reference.check("regression_conv", taps.at("regression_conv"));
    reference.check("warped_cloth_slice",
                    every(warped(input.cloth, grid, GridBorder::kEdge, false), 1, 16));
    reference.check("warped_mask_slice", every(mask, 1, 16));
    reference.check("misalign_slice", every((wanted - mask).clamp_min(0), 1, 16));
    reference.check("gmm_input_slice", every(person, 1, 8));
    reference.check("cloth_input_slice", every(cloths.slice(0, 0, 1), 1, 8));
    for (const char* const branch : {"extractionA", "extractionB"}) {
        for (const char* const stage : {"_s1", "_s4", "_feat"}) {
            reference.check_means(std::string(branch) + stage, taps.at(std::string(branch) + stage),
                                  true);
        }
    }
    reference.finish();

    Reference small_reference("vitonhd_gmm_micro");
    const auto micro_checkpoint = micro("vitonhd_gmm_micro_published_zip.pth");
    const GeometricMatching micro_architecture = matching_of(*micro_checkpoint);
    small_reference.check("theta", match_geometry(weights_of(*micro_checkpoint, micro_architecture),
                                                  micro_architecture, persons, cloths));
    small_reference.finish();
}

TEST_CASE("the ALIAS generator gives the reference's picture, with noise and without") {
    if (!test::try_on_folder()) {
        return;
    }
    const c10::InferenceMode inference;
    const AliasInput input = alias_input();
    constexpr double kTouchy = 2;  // see the reference's notes: allow 8 times its error
    Reference reference("vitonhd_alias");
    const auto checkpoint = recipe("vitonhd_alias");
    const auto architecture = recognize_as(*checkpoint, "generator", recognize_alias_generator);
    CHECK(describe(architecture).text == "viton-hd-alias 1024x768, 7 segments");
    const Tensors weights = weights_of(*checkpoint, architecture);
    Taps taps;
    const at::Tensor picture = generate_alias(weights, architecture, input, formula_noise, &taps);
    reference.check("output_slice", every(picture, 1, 4), kTouchy);
    reference.check("output_zero_noise_slice",
                    every(generate_alias(weights, architecture, input, no_noise), 1, 4), kTouchy);
    reference.check("head_0.norm_0_slice", every(taps.at("head_0.norm_0"), 16, 1), kTouchy);
    reference.check("up_0.norm_s_slice", every(taps.at("up_0.norm_s"), 64, 4), kTouchy);
    reference.check("head_0_slice", every(taps.at("head_0"), 16, 1), kTouchy);
    reference.check("up_0_slice", every(taps.at("up_0"), 32, 4), kTouchy);
    reference.check("up_2_slice", every(taps.at("up_2"), 16, 8), kTouchy);
    for (const auto& block : architecture.blocks()) {
        const std::string name(block.name);
        reference.check(name + "_chmean", taps.at(name).mean({2, 3}), kTouchy);
        reference.check(name + "_chstd", taps.at(name).std(c10::IntArrayRef{2, 3}, false), kTouchy);
    }
    reference.finish();
}

TEST_CASE("the published layout of the ALIAS generator loads, alone and in a batch") {
    if (!test::try_on_folder()) {
        return;
    }
    const c10::InferenceMode inference;
    const AliasInput input = alias_input();
    Reference reference("vitonhd_alias_micro");
    const auto checkpoint = micro("vitonhd_alias_micro_published_zip.pth");
    const auto architecture = recognize_as(*checkpoint, "generator", recognize_alias_generator);
    CHECK(describe(architecture).text == "viton-hd-alias of other widths 1024x768, 7 segments");
    const Tensors weights = weights_of(*checkpoint, architecture);
    reference.check("output_slice",
                    every(generate_alias(weights, architecture, input, formula_noise), 1, 4), 2);
    reference.finish();
    const auto mirrored = [](const at::Tensor& x) {
        return at::cat({x, x.flip({3}), x.flip({2})});
    };
    const AliasInput batch{mirrored(input.picture), mirrored(input.segments),
                           mirrored(input.misaligned)};
    const at::Tensor together = generate_alias(weights, architecture, batch, no_noise);
    for (std::int64_t i = 0; i < 3; ++i) {
        const AliasInput one{batch.picture.narrow(0, i, 1), batch.segments.narrow(0, i, 1),
                             batch.misaligned.narrow(0, i, 1)};
        CHECK(test::worst(generate_alias(weights, architecture, one, no_noise)[0], together[i]) <
              1e-4);
    }
}
