//! Ports of the host that lead to the guest.

use super::Nic;
use crate::i18n::{tr, tr_f};
use crate::model::hardware::page::Group;
use crate::model::hardware::page::form::{when, words};
use crate::model::hardware::page::table::column;
use crate::model::hardware::{Control, Edit, Row, Value};
use crate::model::xml::domain::fields::interface;
use crate::model::xml::{Document, NodeId, Place, Refused};

/// A line of the table: protocol, address of the host, ports of the host, first port of the guest.
type Line = [String; 4];

/// A line with the elements that say it. A forward without a range is one of all ports; ranges that are left out of a forward
/// are no lines, and stay.
struct Said {
    forward: NodeId,
    range: Option<NodeId>,
    line: Line,
}

pub(super) fn group(nic: &Nic<'_>) -> Option<Group> {
    if nic.kind != "user" {
        return None;
    }
    let form = nic.form;
    let columns = vec![
        column(
            tr("Protocol"),
            "",
            words(&[("tcp", "TCP".to_owned()), ("udp", "UDP".to_owned())]),
        ),
        column(tr("Address of the host"), "127.0.0.1", Vec::new()),
        column(tr("Port of the host"), "2222", Vec::new()),
        column(tr("Port of the guest"), "22", Vec::new()),
    ];
    let lines = read(form.context.domain.document(), form.node);
    let lines = lines.into_iter().map(|said| said.line.to_vec()).collect();
    let control = Control::Table {
        columns,
        add: tr("Add Forward"),
    };
    let edit = Edit::with(|domain, node, value| write(domain.document_mut(), node, value.lines()));
    let row = Row::new("forwards", tr("Ports"), control, Value::Table(lines), edit).help(
        tr("Connections to a port of the host reach the guest. Without an address they come from everywhere; a range is “5000-5010”; without a port all lead to the guest."),
        "<portForward proto='tcp' address='127.0.0.1'><range start='2222' to='22'/></portForward>",
    );
    let is_passt = form.says(interface::BACKEND) == "passt";
    let row = when(is_passt, row)?;
    Some(Group::new(tr("Port forwards"), vec![row]))
}

fn read(document: &Document, node: NodeId) -> Vec<Said> {
    let text = |node, name| document.attribute(node, name).unwrap_or_default().into_owned();
    let mut all = Vec::new();
    for forward in document.children_named(node, "portForward") {
        let (proto, address) = (text(forward, "proto"), text(forward, "address"));
        let ranges: Vec<_> = document.children_named(forward, "range").collect();
        if ranges.is_empty() {
            all.push(Said {
                forward,
                range: None,
                line: [proto, address, String::new(), String::new()],
            });
            continue;
        }
        for range in ranges {
            if text(range, "exclude") == "yes" {
                continue;
            }
            let ports = match text(range, "end") {
                end if end.is_empty() || end == text(range, "start") => text(range, "start"),
                end => format!("{}-{end}", text(range, "start")),
            };
            all.push(Said {
                forward,
                range: Some(range),
                line: [proto.clone(), address.clone(), ports, text(range, "to")],
            });
        }
    }
    all
}

/// A line that has been looked at: protocol, address, first and last port, first port of the guest.
struct Wanted {
    proto: String,
    address: String,
    ports: Option<(u64, Option<u64>)>,
    to: Option<u64>,
}

fn check(line: &[String]) -> Result<Wanted, Refused> {
    let cell = |at: usize| line.get(at).map(|text| text.trim()).unwrap_or_default();
    let port = |text: &str| match text.trim().parse::<u64>() {
        Ok(port) if (1..=65_535).contains(&port) => Ok(port),
        _ => Err(Refused(tr_f(
            "“{port}” is no port: those are numbers from 1 to 65535.",
            &[("port", text.trim())],
        ))),
    };
    let ports = match (cell(2), cell(2).split_once('-')) {
        ("", _) => None,
        (_, Some((first, last))) => Some((port(first)?, Some(port(last)?))),
        (one, None) => Some((port(one)?, None)),
    };
    let address = cell(1);
    if !address.is_empty() && address.parse::<std::net::IpAddr>().is_err() {
        return Err(Refused(tr_f("“{address}” is no address.", &[("address", address)])));
    }
    let to = match cell(3) {
        "" => None,
        text => Some(port(text)?),
    };
    match ports {
        None if to.is_some() => return Err(Refused(tr("A port of the guest needs one of the host."))),
        Some((first, Some(last))) if last < first => {
            return Err(Refused(tr("A range of ports begins with the lower one.")));
        }
        _ => {}
    }
    Ok(Wanted {
        proto: if cell(0) == "udp" { "udp" } else { "tcp" }.to_owned(),
        address: address.to_owned(),
        ports,
        to,
    })
}

fn write(document: &mut Document, node: NodeId, lines: &[Vec<String>]) -> Result<(), Refused> {
    let wanted: Vec<Wanted> = lines.iter().map(|line| check(line)).collect::<Result<_, _>>()?;
    let old = read(document, node);
    let same = |said: &Said, line: &Vec<String>| said.line.as_slice() == line.as_slice();
    let before = old.iter().zip(lines).take_while(|(old, new)| same(old, new)).count();
    let rest = old.len().min(lines.len()) - before;
    let after = old.iter().rev().zip(lines.iter().rev()).take(rest);
    let after = after.take_while(|(old, new)| same(old, new)).count();
    let changed = &old[before..old.len() - after];
    let mut last = before
        .checked_sub(1)
        .and_then(|at| old.get(at))
        .map(|said| said.forward);
    for (number, line) in wanted[before..lines.len() - after].iter().enumerate() {
        let kept = changed
            .get(number)
            .filter(|said| said.range.is_some() && said.line[0] == line.proto && said.line[1] == line.address);
        match (kept.and_then(|said| said.range), line.ports) {
            (Some(range), Some(ports)) => set_range(document, range, ports, line.to)?,
            _ => {
                if let Some(said) = changed.get(number) {
                    remove(document, said);
                }
                let text = fragment(line);
                let still = last.filter(|last| document.contains(*last));
                last = Some(match still {
                    Some(last) => document.insert(node, Place::After(last), &text)?,
                    None => document.insert_ordered(node, &text)?,
                });
                continue;
            }
        }
        last = kept.map(|said| said.forward);
    }
    for said in changed.iter().skip(lines.len() - after - before) {
        remove(document, said);
    }
    Ok(())
}

fn set_range(
    document: &mut Document,
    range: NodeId,
    (first, end): (u64, Option<u64>),
    to: Option<u64>,
) -> Result<(), Refused> {
    document.set_attribute(range, "start", &first.to_string())?;
    for (name, value) in [("end", end), ("to", to)] {
        match value {
            Some(value) => document.set_attribute(range, name, &value.to_string())?,
            None => {
                document.remove_attribute(range, name);
            }
        }
    }
    Ok(())
}

/// Takes a line away; the forward goes with its last range.
fn remove(document: &mut Document, said: &Said) {
    if let Some(range) = said.range {
        document.remove(range);
        let has_more = document
            .children_named(said.forward, "range")
            .any(|range| document.attribute(range, "exclude").as_deref() != Some("yes"));
        if has_more {
            return;
        }
    }
    document.remove(said.forward);
}

fn fragment(line: &Wanted) -> String {
    let address = match line.address.as_str() {
        "" => String::new(),
        address => format!(" address='{address}'"),
    };
    let Some((first, end)) = line.ports else {
        return format!("<portForward proto='{}'{address}/>", line.proto);
    };
    let mut range = format!("<range start='{first}'");
    for (name, value) in [("end", end), ("to", line.to)] {
        if let Some(value) = value {
            range.push_str(&format!(" {name}='{value}'"));
        }
    }
    format!(
        "<portForward proto='{}'{address}>\n  {range}/>\n</portForward>",
        line.proto
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(text: &str, lines: &[[&str; 4]]) -> Result<String, Refused> {
        let mut document = Document::parse(text).expect("well-formed");
        let lines: Vec<Vec<String>> = lines.iter().map(|line| line.map(str::to_owned).to_vec()).collect();
        let root = document.root();
        write(&mut document, root, &lines)?;
        let said: Vec<Vec<String>> = read(&document, root)
            .into_iter()
            .map(|said| said.line.to_vec())
            .collect();
        assert_eq!(said, lines);
        Ok(document.to_string().replace("\n", "").replace("  ", ""))
    }

    const TWO: &str = "<i><portForward proto='tcp' address='::1' dev='eth0'><range start='2222' to='22'/>\
                       <range start='5000' end='5020'/><range start='5010' exclude='yes'/></portForward><portForward proto='udp'/></i>";

    #[test]
    fn a_line_is_changed_where_it_stands() {
        let lines = [
            ["tcp", "::1", "2223", "22"],
            ["tcp", "::1", "5000-5020", ""],
            ["udp", "", "", ""],
        ];
        let expected = TWO.replace("start='2222'", "start='2223'");
        assert_eq!(after(TWO, &lines).ok(), Some(expected));
    }

    #[test]
    fn a_forward_goes_with_its_last_line() {
        assert_eq!(
            after(TWO, &[["tcp", "::1", "2222", "22"], ["udp", "", "", ""]]).ok(),
            Some(TWO.replace("<range start='5000' end='5020'/>", ""))
        );
        assert_eq!(
            after(TWO, &[["udp", "", "", ""]]).ok().as_deref(),
            Some("<i><portForward proto='udp'/></i>")
        );
        assert_eq!(after(TWO, &[]).ok().as_deref(), Some("<i></i>"));
    }

    #[test]
    fn a_new_line_is_a_forward_of_its_own() {
        assert_eq!(
            after("<i/>", &[["udp", "", "5000-5010", "6000"]]).ok().as_deref(),
            Some("<i><portForward proto='udp'><range start='5000' end='5010' to='6000'/></portForward></i>")
        );
    }

    #[test]
    fn what_is_no_port_is_refused() {
        for line in [
            ["tcp", "", "0", ""],
            ["tcp", "", "70000", ""],
            ["tcp", "", "9-8", ""],
            ["tcp", "", "x", ""],
            ["tcp", "", "", "22"],
            ["tcp", "here", "22", ""],
        ] {
            assert!(after("<i/>", &[line]).is_err(), "{line:?}");
        }
    }
}
