use super::*;

const PAGE: PageId = PageId::Memory;

#[test]
fn memory_and_its_maximum_stay_consistent() {
    check(
        PAGE,
        &[
            (
                &["<memory unit='MiB'>1024</memory>"],
                "current",
                "536870912",
                &[
                    "<memory unit='MiB'>1024</memory>",
                    "<currentMemory unit='KiB'>524288</currentMemory>",
                ],
            ),
            // More than the maximum raises it.
            (
                &[
                    "<memory unit='MiB'>1024</memory>",
                    "<currentMemory unit='MiB'>512</currentMemory>",
                ],
                "current",
                "2147483648",
                &[
                    "<memory unit='MiB'>2048</memory>",
                    "<currentMemory unit='MiB'>2048</currentMemory>",
                ],
            ),
            (
                &[
                    "<memory unit='MiB'>1024</memory>",
                    "<currentMemory unit='MiB'>1024</currentMemory>",
                ],
                "maximum",
                "268435456",
                &[
                    "<memory unit='MiB'>256</memory>",
                    "<currentMemory unit='MiB'>256</currentMemory>",
                ],
            ),
            // libvirt wants slots with it.
            (
                &["<memory unit='MiB'>1024</memory>"],
                "limit",
                "4294967296",
                &[
                    "<maxMemory slots='16' unit='KiB'>4194304</maxMemory>",
                    "<memory unit='MiB'>1024</memory>",
                ],
            ),
            (
                &[
                    "<maxMemory slots='4' unit='KiB'>4194304</maxMemory>",
                    "<memory unit='MiB'>1024</memory>",
                ],
                "slots",
                "",
                &["<memory unit='MiB'>1024</memory>"],
            ),
        ],
    );
    check_refused(
        PAGE,
        &[(
            &["<memory unit='MiB'>1024</memory>"],
            "limit",
            "1048576",
            "must not be less",
        )],
    );
}

#[test]
fn sharing_memory_needs_a_source_that_can_be_shared() {
    const MEMORY: &str = "<memory>1048576</memory>";
    check(
        PAGE,
        &[
            (
                &[MEMORY],
                "shared",
                "yes",
                &[
                    MEMORY,
                    "<memoryBacking><source type='memfd'/><access mode='shared'/></memoryBacking>",
                ],
            ),
            (
                &[
                    MEMORY,
                    "<memoryBacking><source type='file'/><access mode='shared'/><locked/></memoryBacking>",
                ],
                "shared",
                "no",
                &[MEMORY, "<memoryBacking><source type='file'/><locked/></memoryBacking>"],
            ),
            (
                &[
                    MEMORY,
                    "<memoryBacking><source type='memfd'/><access mode='shared'/></memoryBacking>",
                ],
                "shared",
                "no",
                &[MEMORY],
            ),
        ],
    );
}

#[test]
fn huge_pages_take_away_what_contradicts_them() {
    const MEMORY: &str = "<memory>1048576</memory>";
    check(
        PAGE,
        &[
            (
                &[
                    MEMORY,
                    "<memoryBacking><source type='anonymous'/><allocation mode='ondemand'/></memoryBacking>",
                ],
                "hugepages",
                "default",
                &[MEMORY, "<memoryBacking><hugepages/></memoryBacking>"],
            ),
            (
                &[
                    MEMORY,
                    "<memoryBacking><hugepages><page size='2' unit='M'/></hugepages></memoryBacking>",
                ],
                "hugepages",
                "1048576",
                &[
                    MEMORY,
                    "<memoryBacking><hugepages><page size='1048576' unit='KiB'/></hugepages></memoryBacking>",
                ],
            ),
            (
                &[
                    MEMORY,
                    "<memoryBacking><hugepages><page size='2' unit='M'/></hugepages></memoryBacking>",
                ],
                "hugepages",
                "",
                &[MEMORY],
            ),
        ],
    );
}
