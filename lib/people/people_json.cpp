#include "people/people_json.h"

#include <cmath>
#include <optional>

#include <nlohmann/json.hpp>

#include "core/json_string.h"

namespace closet {
namespace {

using Json = nlohmann::ordered_json;

/// To so many digits behind the point.
double rounded(double value, int digits) {
    const double scale = std::pow(10.0, digits);
    return std::round(value * scale) / scale;
}

Json number_or_null(const std::optional<float>& value) {
    return value ? Json(rounded(*value, 4)) : Json(nullptr);
}

Json json_of(const Appearance& appearance) {
    Json boxes = Json::array();
    for (const Sighting& sighting : appearance.sightings) {
        const Box& box = sighting.box;
        boxes.push_back({{"frame", sighting.frame},
                         {"time_s", rounded(sighting.time_s, 6)},
                         {"box",
                          {rounded(box.x, 1), rounded(box.y, 1), rounded(box.width, 1),
                           rounded(box.height, 1)}}});
    }
    return {{"start_s", rounded(appearance.start_s(), 6)},
            {"end_s", rounded(appearance.end_s(), 6)},
            {"first_frame", appearance.sightings.front().frame},
            {"last_frame", appearance.sightings.back().frame},
            {"similarity", number_or_null(appearance.similarity)},
            {"segment", appearance.segment.empty() ? Json(nullptr) : Json(appearance.segment)},
            {"boxes", std::move(boxes)}};
}

}  // namespace

std::string people_json(const People& people) {
    Json identities = Json::array();
    for (std::size_t i = 0; i < people.identities.size(); ++i) {
        const Identity& identity = people.identities[i];
        Json intervals = Json::array();
        for (const Appearance& appearance : identity.appearances) {
            intervals.push_back(json_of(appearance));
        }
        identities.push_back({{"identity", i + 1},
                              {"seconds", rounded(identity.seconds, 6)},
                              {"faces", identity.faces},
                              {"least_similarity", number_or_null(identity.least_similarity)},
                              {"nearest_other", number_or_null(identity.nearest_other)},
                              {"intervals", std::move(intervals)}});
    }
    const Json all{{"schema", "closet.people"},
                   {"version", 1},
                   {"clip", people.clip},
                   {"frames", people.frames},
                   {"duration_s", rounded(people.duration_s, 6)},
                   {"width", people.picture.width},
                   {"height", people.picture.height},
                   {"scenes", people.scenes},
                   {"face_network", people.network},
                   {"threshold", rounded(people.threshold, 4)},
                   {"identities", std::move(identities)}};
    return json_string(all, 1) + '\n';
}

}  // namespace closet
