import ArgumentParser

/// The command line of the plant.
@main
struct PlantMain: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "plant",
        abstract:
            "The simulated plant: a car, a cable, a contactor behind a coil gate, residual current, mains, a meter.",
        discussion: "It keeps running when the firmware dies; its true registers are the oracle.",
        subcommands: [ServeCommand.self, TellCommand.self], defaultSubcommand: ServeCommand.self)
}
