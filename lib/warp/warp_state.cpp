#include "core/state.h"
#include "warp/learned/learned_warp.h"
#include "warp/mesh/mesh_warp.h"
#include "warp/warp.h"

namespace closet {

void MeshWarp::save_state(std::ostream& to) const {
    write_state(to, turns_, rests_, back_rests_, rim_, back_rim_);
}

void MeshWarp::load_state(std::istream& from) {
    read_state(from, turns_, rests_, back_rests_, rim_, back_rim_);
}

void LearnedWarp::save_state(std::ostream& to) const {
    write_state(to, people_, counts_, told_);
}

void LearnedWarp::load_state(std::istream& from) {
    read_state(from, people_, counts_, told_);
}

void Warp::save_state(std::ostream& to) const {
    write_state(to, light_, classes_, own_clothes_, old_clothes_, removal_, dressed_frames_,
                garments_painted_);
    for (const Piece& piece : pieces_) {
        piece.warp->save_state(to);
    }
    if (after_ != nullptr) {
        after_->save_state(to);
    }
}

void Warp::load_state(std::istream& from) {
    read_state(from, light_, classes_, own_clothes_, old_clothes_, removal_, dressed_frames_,
               garments_painted_);
    for (const Piece& piece : pieces_) {
        piece.warp->load_state(from);
    }
    if (after_ != nullptr) {
        after_->load_state(from);
    }
}

}  // namespace closet
