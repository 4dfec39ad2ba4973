/// Open flags that the C header hides from Swift because they differ by processor.
enum FileFlags {
    /// `O_DIRECT` of Linux.
    #if arch(arm64) || arch(arm)
        static let direct: Int32 = 0o200000
    #else
        static let direct: Int32 = 0o40000
    #endif
}
