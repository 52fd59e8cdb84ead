#include "infer/regions_of_people.h"

namespace closet {

std::vector<std::vector<Region>> regions_of_people(PersonDetector& detector, const PoseModel& model,
                                                   std::span<const cv::Mat> pictures) {
    std::vector<std::vector<Region>> regions;
    regions.reserve(pictures.size());
    for (const std::vector<PersonBox>& people : detector.find(pictures)) {
        const cv::Size size = pictures[regions.size()].size();
        std::vector<Region>& found = regions.emplace_back();
        for (const PersonBox& person : people) {
            const Region region = model.region_of_box(person.box, size);
            if (is_usable(region, size)) {
                found.push_back(region);
            }
        }
    }
    return regions;
}

}  // namespace closet
