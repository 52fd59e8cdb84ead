#include "core/color.h"

#include <doctest/doctest.h>

using namespace closet;

TEST_CASE("transfer: diffuse white is 203 nits in PQ and three quarters of HLG") {
    // BT.2408, table 1: 58 % of PQ.
    CHECK(code_of(AVCOL_TRC_SMPTE2084, 1.0) == doctest::Approx(0.5807).epsilon(0.001));
    CHECK(code_of(AVCOL_TRC_ARIB_STD_B67, 1.0) == doctest::Approx(0.75).epsilon(0.002));
    CHECK(light_of(AVCOL_TRC_SMPTE2084, 1.0) * kDiffuseWhiteNits == doctest::Approx(10000));
    CHECK(light_of(AVCOL_TRC_ARIB_STD_B67, 1.0) * kDiffuseWhiteNits == doctest::Approx(1000));
    for (const auto transfer : {AVCOL_TRC_BT709, AVCOL_TRC_LINEAR, AVCOL_TRC_GAMMA22,
                                AVCOL_TRC_GAMMA28, AVCOL_TRC_LOG, AVCOL_TRC_LOG_SQRT}) {
        CHECK(code_of(transfer, 1.0) == doctest::Approx(1.0));
    }
}

TEST_CASE("transfer: code values and light are inverses on every curve") {
    for (const auto transfer :
         {AVCOL_TRC_BT709, AVCOL_TRC_LINEAR, AVCOL_TRC_GAMMA22, AVCOL_TRC_GAMMA28, AVCOL_TRC_LOG,
          AVCOL_TRC_LOG_SQRT, AVCOL_TRC_SMPTE428, AVCOL_TRC_SMPTE2084, AVCOL_TRC_ARIB_STD_B67}) {
        CAPTURE(transfer);
        for (int i = 1; i <= 100; ++i) {
            CHECK(code_of(transfer, light_of(transfer, i / 100.0)) ==
                  doctest::Approx(i / 100.0).epsilon(1e-6));
        }
        CHECK(light_of(transfer, 0.0) == doctest::Approx(0.0));
        CHECK(code_of(transfer, -1.0) == doctest::Approx(0.0).epsilon(1e-3));
        CHECK(code_of(transfer, 1e9) == 1.0);
    }
}

TEST_CASE("transfer: HDR becomes SDR that keeps shadows and rises up to the brightest highlight") {
    AvFrame frame = make_av_frame();
    CHECK(sdr_curve(*frame) == nullptr);
    for (const auto transfer : {AVCOL_TRC_SMPTE2084, AVCOL_TRC_ARIB_STD_B67}) {
        frame->color_trc = transfer;
        const auto* curve = sdr_curve(*frame);
        REQUIRE(curve != nullptr);
        CHECK((*curve)[0] == 0);
        CHECK((*curve)[255] == 255);
        for (std::size_t i = 1; i < 256; ++i) {
            CHECK((*curve)[i] >= (*curve)[i - 1]);
        }
        const auto at = [&](double light) {
            return (*curve)[static_cast<std::size_t>(255 * code_of(transfer, light) + 0.5)];
        };
        CHECK(at(1.0) > 240);
        CHECK(at(1.0) < 252);
        CHECK(at(0.2) == doctest::Approx(124).epsilon(0.03));  // as sRGB has it
    }
}
