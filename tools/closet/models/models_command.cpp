#include "closet/models/models_command.h"

#include <memory>
#include <vector>

#include "closet/command.h"
#include "closet/models/models_inspect.h"

namespace closet {
namespace {

constexpr const char* kModelsNotes = R"(Examples:
  closet models fetch rtmpose-s               with the detector that it needs
  closet models fetch parser                  all networks that tell cloth, skin and hair
  closet models fetch viton-hd                all that --warp viton-hd needs, or where to get it
  closet models import ~/Downloads/rtmpose-s_simcc-body7_pt-body7_420e-256x192-acd4a1ef_20230504.pth
  closet models import tuned.pth --name ours  one of your own
  closet models restore rtmpose-s             back to the version before
  closet models calibrate rtmpose-s a.mp4     so that --precision int8 can run it
Environment:
  CLOSET_MODELS         the folder (default: $XDG_CACHE_HOME/closet/models, ~/.cache/closet/models)
  CLOSET_MODELS_MIRROR  asked first, as $CLOSET_MODELS_MIRROR/FILE: such a folder on a web server
  CLOSET_MANIFEST       a file with more models, in the form of models/manifest.toml
  CLOSET_OFFLINE        1: as --offline
  https_proxy, http_proxy, all_proxy, no_proxy)";

}  // namespace

Command add_models_command(CLI::App& app) {
    CLI::App* models = app.add_subcommand("models", "list, fetch, check and import the networks");
    models->require_subcommand(1);
    models->footer(kModelsNotes);
    const auto commands = std::make_shared<std::vector<Command>>(std::vector{
        add_models_list(*models), add_models_fetch(*models), add_models_verify(*models),
        add_models_inspect(*models), add_models_path(*models), add_models_import(*models),
        add_models_restore(*models), add_models_remove(*models), add_models_calibrate(*models)});
    return {models, [commands] {
                for (const Command& command : *commands) {
                    if (command.app->parsed()) {
                        return command.run();
                    }
                }
                return static_cast<int>(kExitUsage);
            }};
}

}  // namespace closet
