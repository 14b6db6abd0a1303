update bronze.deliveries
set
    status = 'withdrawn',
    event_number = :event_number
where delivery_id = :delivery_id
