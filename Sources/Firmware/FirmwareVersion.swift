/// The version of this firmware.
public enum FirmwareVersion {
    /// Semantic version, as `ident` and `--version` show it.
    public static let text = "0.1.0"
}
