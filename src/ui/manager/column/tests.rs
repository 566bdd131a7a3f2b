use super::*;

fn shown(columns: &Columns) -> Vec<&'static str> {
    columns.places().iter().map(|place| id(place.column)).collect()
}

fn total(columns: &Columns) -> i32 {
    columns.places().iter().map(|place| place.width).sum()
}

#[test]
fn columns_fill_the_room_and_never_more() {
    let columns = Columns::default();
    for room in [200, 275, 360, 520, 800, 960, 1400, 3000] {
        columns.set_room(room);
        assert_eq!(total(&columns), room, "{room}: {:?}", shown(&columns));
        let mut end = 0;
        for place in columns.places().iter() {
            assert_eq!(place.start, end);
            end += place.width;
        }
    }
}

#[test]
fn names_do_not_drift_away_from_their_figures_on_a_wide_screen() {
    let columns = Columns::default();
    columns.set_room(3700);
    assert_eq!(total(&columns), 3700);
    let places = columns.places();
    assert_eq!(places[0].width, NAME_MOST);
    assert_eq!(places.last().map(|place| place.column), Some(Column::Tags));
}

#[test]
fn a_narrow_list_keeps_name_and_load() {
    let columns = Columns::default();
    columns.set_room(360);
    assert_eq!(shown(&columns), ["name", "cpu"]);
    columns.scale.set(0.9);
    columns.place();
    assert_eq!(shown(&columns), ["name", "cpu"], "with smaller text, too");
    columns.set_room(200);
    assert_eq!(shown(&columns), ["name"]);
}

#[test]
fn what_the_user_asked_for_goes_after_what_was_there_by_default() {
    let columns = Columns::default();
    columns.set_grouped(true);
    columns.set_room(960);
    assert!(!shown(&columns).contains(&"title"));
    columns.toggle("title");
    assert!(shown(&columns).contains(&"title"), "{:?}", shown(&columns));
    columns.toggle("title");
    assert!(!shown(&columns).contains(&"title"));
    columns.toggle("name");
    assert!(shown(&columns).contains(&"name"));
}

#[test]
fn a_column_cannot_be_pulled_over_the_name() {
    let columns = Columns::default();
    columns.set_room(800);
    let before = shown(&columns);
    columns.resize(Column::State, 5000);
    assert_eq!(shown(&columns), before);
    assert_eq!(total(&columns), 800);
    columns.resize(Column::State, 1);
    let places = columns.places();
    let state = places.iter().find(|place| place.column == Column::State);
    assert_eq!(state.map(|place| place.width), Some(NARROWEST));
}

#[test]
fn arrangement_survives_being_stored() {
    let columns = Columns::default();
    columns.set_room(1400);
    columns.resize(Column::Cpu, 200);
    columns.move_to(Column::Memory, Column::State);
    let stored: Vec<(String, Option<i32>)> = columns
        .chosen()
        .into_iter()
        .map(|(id, width)| (id.to_owned(), width))
        .collect();
    let again = Columns::default();
    again.set_room(1400);
    again.choose(&stored);
    assert_eq!(*again.places(), *columns.places());
    assert_eq!(&shown(&again)[..4], ["name", "memory", "state", "cpu"]);
}

#[test]
fn settings_of_another_version_do_no_harm() {
    let columns = Columns::default();
    columns.choose(&[
        ("colour".to_owned(), Some(9)),
        ("cpu".to_owned(), Some(-4)),
        ("cpu".to_owned(), None),
    ]);
    assert_eq!(shown(&columns), ["name", "cpu"]);
}

#[test]
fn the_second_click_on_a_heading_turns_the_order_around() {
    let columns = Columns::default();
    columns.sort(Column::Cpu);
    assert_eq!(columns.order(), Some((Column::Cpu, false)));
    columns.sort(Column::Cpu);
    assert_eq!(columns.order(), Some((Column::Cpu, true)));
    columns.sort(Column::Name);
    assert_eq!(columns.order(), Some((Column::Name, false)));
}

#[test]
fn columns_that_were_lost_and_squeezed_come_back() {
    let columns = Columns::default();
    let before = (columns.chosen(), columns.places().clone());
    columns.toggle("tags");
    columns.toggle("title");
    columns.resize(Column::State, 400);
    columns.move_to(Column::Disk, Column::Name);
    assert_ne!(columns.chosen(), before.0);
    columns.reset();
    assert_eq!((columns.chosen(), columns.places().clone()), before);
}
